import {ExchangeCommand, exchangeFlags} from '../../cli/platform/exchange-command.js';
import {threads} from '../../platforms/threads/threads.js';

export default class Exchange extends ExchangeCommand {
  static override summary =
    'Turn a code or a short-lived token from a login elsewhere into a stored credential';
  static override description =
    'Use this after a login outside of `tool`, such as on your own site. It opens no browser. It exchanges the code or the short-lived token for a token that is valid for 60 days, and stores it encrypted, as `threads authorize` does. A code works once, within an hour, and only with the redirect URI that the login used. To read the app secret from standard input as well, pass `-` for it and put it on the first line.';
  static override examples = [
    {
      description: 'Use an authorization code, or the whole URL that the login ended on',
      command:
        "<%= config.bin %> <%= command.id %> --auth-code 'https://example.com/callback?code=AQB…#_' --redirect-uri https://example.com/callback",
    },
    {
      description: 'Use a short-lived token that your site obtained',
      command: 'cat token.txt | <%= config.bin %> <%= command.id %> --short-lived-token -',
    },
  ];
  static override flags = exchangeFlags(threads);

  protected override readonly platform = threads;
}
