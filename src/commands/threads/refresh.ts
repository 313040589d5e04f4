import {RefreshCommand, refreshFlags} from '../../cli/platform/refresh-command.js';
import {threads} from '../../platforms/threads/threads.js';

export default class Refresh extends RefreshCommand {
  static override summary = 'Renew a credential for another 60 days';
  static override description =
    'Commands that use a credential do this when it is due; this command is for a schedule. A stored credential is renewed in place. A credential from the THREADS_* variables is renewed and printed, or written into a .env file, since nothing else stores it. If it is not due, nothing is asked and the current one is printed.';
  static override examples = [
    {
      description: 'Refresh everything that is stored, once a week',
      command: '<%= config.bin %> <%= command.id %> --all',
    },
    {
      description: 'In CI, renew the secret that the run was given',
      command: '<%= config.bin %> <%= command.id %> --format env | gh secret set -f -',
    },
    {
      description: 'Renew the token that a program reads from its .env file',
      command:
        '<%= config.bin %> <%= command.id %> --set-env ~/bot/.env --variable long_lived_token_variable',
    },
  ];
  static override flags = refreshFlags(threads);

  protected override readonly platform = threads;
}
