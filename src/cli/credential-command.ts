import type {Command} from '@oclif/core/command';
import * as Flags from '@oclif/core/flags';
import {requireScopes} from '../credentials/permission.js';
import {ensureLiving, type Living, type RefreshPolicy} from '../credentials/refresh.js';
import {findCredential, type Sourced} from '../credentials/sources.js';
import type {Platform} from '../platforms/platform.js';
import {findService} from '../platforms/service.js';
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
  protected findCredential(platform: Platform, identifier: string | undefined): Promise<Sourced> {
    const sources = {
      env: process.env,
      vault: this.vault(),
      defaultIdentifier: async () => (await this.preferences()).default[platform.name],
      apiUrl: findService(platform, process.env).apiUrl,
    };
    return findCredential(platform, sources, identifier);
  }

  /** Throws PERMISSION_MISSING where one of the scopes is known to be missing. */
  protected async livingCredential(
    platform: Platform,
    identifier: string | undefined,
    scopes: string[] = [],
  ): Promise<Living> {
    const sourced = await this.findCredential(platform, identifier);
    // What the store knows costs no request.
    requireScopes(platform, sourced, scopes);
    const living = await ensureLiving(platform, this.vault(), sourced, await this.refreshPolicy());
    requireScopes(platform, living, scopes);
    return living;
  }

  protected async refreshPolicy(): Promise<RefreshPolicy> {
    return {windowDays: (await this.preferences()).refreshWindowDays, warn: this.warning};
  }
}
