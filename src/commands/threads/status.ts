import {StatusCommand} from '../../cli/platform/status-command.js';
import {threads} from '../../platforms/threads/threads.js';

export default class Status extends StatusCommand {
  static override summary = 'Show what Threads says about a credential: account, scopes, dates';
  static override description =
    'Asks the service, and says where the store differs. A stored credential is refreshed first when due; one from the environment is reported unchanged. Exit code 4: the token is expired or revoked; 9: something expires within --expires-within.';
  static override examples = [
    {description: 'Check the credential', command: '<%= config.bin %> <%= command.id %>'},
    {
      description: 'Fail in a scheduled job two weeks before anything expires',
      command: '<%= config.bin %> <%= command.id %> --expires-within 14d',
    },
  ];

  protected override readonly platform = threads;
}
