import {accessTokenOf} from '../../credential.js';
import type {Platform} from '../../platforms/platform.js';
import {CredentialCommand} from '../credential-command.js';
import {identifierFlag} from '../flags.js';

/** Prints a valid access token of a platform. */
export abstract class TokenCommand extends CredentialCommand<typeof TokenCommand> {
  static override flags = {identifier: identifierFlag};

  protected abstract readonly platform: Platform;

  async run(): Promise<object> {
    const {identifier} = this.flags;
    const {credential, source} = await this.credentials(this.platform).resolve({identifier});
    const access_token = accessTokenOf(credential);
    this.write(`${access_token}\n`);
    const expires_at =
      credential.access_token === null ? credential.expires_at : credential.access_expires_at;
    return {access_token, expires_at, source};
  }
}
