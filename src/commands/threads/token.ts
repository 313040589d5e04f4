import {TokenCommand} from '../../cli/platform/token-command.js';
import {threads} from '../../platforms/threads/threads.js';

export default class Token extends TokenCommand {
  static override summary = 'Print a valid access token';
  static override description =
    'Refreshes it first when due. Prints the token and a newline, nothing else. The token is a secret.';
  static override examples = [
    {
      description: 'Use it in a request, without putting it into an argument',
      command:
        'printf \'header = "Authorization: Bearer %s"\' "$(<%= config.bin %> <%= command.id %>)" | curl -K - https://graph.threads.net/v1.0/me',
    },
    {
      description: 'Print the token of one of several accounts',
      command: '<%= config.bin %> <%= command.id %> --identifier my.account',
    },
  ];

  protected override readonly platform = threads;
}
