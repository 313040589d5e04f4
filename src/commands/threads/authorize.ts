import {LoginCommand, loginFlags} from '../../cli/platform/login-command.js';
import {threads} from '../../platforms/threads/threads.js';

export default class Authorize extends LoginCommand {
  static override aliases = ['login'];
  static override summary = 'Log in once in the browser and store the credential, encrypted';
  static override description =
    `Opens the login page of Threads, receives the answer on the redirect URI (or from the address that you paste), exchanges it for a token that is valid for 60 days, and stores that. Later commands refresh it when due.

The app id and secret come from the flags, else from THREADS_APP_ID and THREADS_APP_SECRET, else from the stored credential, else from a prompt. You need your own (free) Threads app: create one at https://developers.facebook.com/apps with the use case "Access the Threads API", register the redirect URI ${threads.defaultRedirectUri} in its settings, add your account as a Threads tester, and accept the invitation in Threads. The page docs/meta-setup.md of this package describes each step.`;
  static override examples = [
    {description: 'Log in', command: '<%= config.bin %> <%= command.id %> --app-id 1234567890'},
    {
      description: 'Pass the secret without showing it',
      command:
        'pass show threads-app | <%= config.bin %> <%= command.id %> --app-id 1234567890 --app-secret - --browser',
    },
    {
      description:
        'On a machine without a browser: open the page elsewhere, then paste the address it ends on',
      command: '<%= config.bin %> <%= command.id %> --no-browser',
    },
    {
      description: 'Log in again with more scopes',
      command: '<%= config.bin %> <%= command.id %> --scope basic,publish,insights',
    },
  ];
  static override flags = loginFlags(threads);

  protected override readonly platform = threads;
}
