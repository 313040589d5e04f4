import {CredentialCommand, identifierFlag} from '../../cli/credential-command.js';
import {threads} from '../../platforms/threads/threads.js';

export default class Token extends CredentialCommand<typeof Token> {
  static override summary = 'Print a living token, for a script.';
  static override description =
    'Refreshes it first when it is time. Prints the token and a newline, nothing else; it is a secret.';
  static override examples = [
    {
      description: 'Use it in a request, without it being in an argument',
      command:
        'printf \'header = "Authorization: Bearer %s"\' "$(<%= config.bin %> <%= command.id %>)" | curl -K - https://graph.threads.net/v1.0/me',
    },
    {
      description: 'Of one of several accounts',
      command: '<%= config.bin %> <%= command.id %> --identifier my.account',
    },
  ];
  static override flags = {identifier: identifierFlag};

  async run(): Promise<object> {
    const {credential, source} = await this.livingCredential(threads, this.flags.identifier);
    this.write(`${credential.refresh_token}\n`);
    return {access_token: credential.refresh_token, expires_at: credential.expires_at, source};
  }
}
