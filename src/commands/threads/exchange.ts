import {ExchangeCommand, exchangeFlags} from '../../cli/platform/exchange-command.js';
import {threads} from '../../platforms/threads/threads.js';

export default class Exchange extends ExchangeCommand {
  static override summary =
    'Turn a code or a short-lived token from a login elsewhere into a stored credential';
  static override description =
    'For logins that happen somewhere else, such as on your own site: no browser is opened. The token, valid for 60 days, is verified, stored encrypted and read back, as after `threads authorize`. A code works once, within an hour; the redirect URI must be exactly the one that it was sent to. If the app secret is `-` too, it is the first line.';
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
