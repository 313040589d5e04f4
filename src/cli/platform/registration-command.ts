import type {Command} from '@oclif/core/command';
import type {KeyStoreChoice} from '../../config/key-stores.js';
import type {Credential, Identifier} from '../../credential.js';
import {ExitCode, VaultError} from '../../errors.js';
import type {App, Platform} from '../../platforms/platform.js';
import {findService} from '../../platforms/service.js';
import {CredentialCommand} from '../credential-command.js';
import {type AppRequest, findAppCredentials} from '../input/app-credentials.js';

/** A command that ends with a newly stored credential: what login and exchange share. */
export abstract class RegistrationCommand<T extends typeof Command> extends CredentialCommand<T> {
  protected abstract readonly platform: Platform;

  /**
   * Returns the credential that the command will probably replace. Its app, scopes and redirect URI are the defaults
   * of the login, so a credential of another origin is ignored. A damaged record is ignored too, because logging in
   * again fixes it. `keyStore` is for the first key.
   */
  protected async storedBefore(
    identifier: Identifier | undefined,
    keyStore: KeyStoreChoice,
  ): Promise<Credential | undefined> {
    const {name: platform} = this.platform;
    const vault = this.vault(keyStore);
    const names = await vault.names(platform);
    const chosen = identifier ?? (names.length > 1 ? (await this.preferences()).default[platform] : names[0]);
    const known = names.find(name => name === chosen);
    if (known === undefined) return undefined;
    const stored = await vault.read({platform, identifier: known}).catch(error => {
      if (error instanceof VaultError && error.exitCode === ExitCode.RECORD) return undefined;
      throw error;
    });
    return stored?.api_url === findService(this.platform, process.env).apiUrl ? stored : undefined;
  }

  protected findApp(request: Omit<AppRequest, 'platform' | 'env' | 'warn'>): Promise<App> {
    return findAppCredentials({...request, platform: this.platform, env: process.env, warn: this.warning});
  }
}
