import type {Command} from '@oclif/core/command';
import * as Flags from '@oclif/core/flags';
import type {Credential} from '../credential.js';
import {type FoundCredential, findCredential, type Sources} from '../credentials/find.js';
import type {RefreshPolicy, ResolvedCredential} from '../credentials/refresh.js';
import {resolveCredential} from '../credentials/resolve.js';
import {VaultError} from '../errors.js';
import type {Platform} from '../platforms/platform.js';
import {BaseCommand} from './base-command.js';

export const identifierFlag = Flags.string({
  char: 'i',
  summary: 'The stored credential to use.',
  description:
    'Without it: the THREADS_* variables if they hold a token, else the default, else the only one stored.',
  helpValue: 'NAME',
});

export const postIdFlag = {summary: 'The id of the post, a number.', helpValue: 'ID'} as const;

/** A command that uses a credential: finds it, and has it refreshed when it is time. */
export abstract class CredentialCommand<T extends typeof Command> extends BaseCommand<T> {
  protected findCredential(platform: Platform, identifier: string | undefined): Promise<FoundCredential> {
    return findCredential(platform, this.sources(), identifier);
  }

  /** Throws PERMISSION_MISSING where one of the scopes is known to be missing. */
  protected livingCredential(
    platform: Platform,
    identifier: string | undefined,
    scopes?: string[],
  ): Promise<ResolvedCredential> {
    return resolveCredential(platform, this.sources(), {identifier, scopes, warn: this.warning});
  }

  /** On re-authorization: the credential that is there already. One that does not open is no help, and no hindrance. */
  protected async storedBefore(
    platform: Platform,
    identifier: string | undefined,
  ): Promise<Credential | undefined> {
    const vault = this.vault();
    const names = await vault.names(platform.name);
    const chosen =
      identifier ?? (names.length > 1 ? (await this.preferences()).default[platform.name] : names[0]);
    if (chosen === undefined || !names.includes(chosen)) return undefined;
    return vault.read({platform: platform.name, identifier: chosen}).catch(error => {
      if (error instanceof VaultError && error.exitCode === 6) return undefined;
      throw error;
    });
  }

  protected async refreshPolicy(): Promise<RefreshPolicy> {
    return {windowDays: (await this.preferences()).refreshWindowDays, warn: this.warning};
  }

  private sources(): Sources {
    return {env: process.env, vault: this.vault(), preferences: () => this.preferences()};
  }
}
