import type {Command} from '@oclif/core/command';
import {moveDefault} from '../config/preferences.js';
import type {RecordName} from '../credential.js';
import {Credentials} from '../credentials/credentials.js';
import type {Platform} from '../platforms/platform.js';
import {BaseCommand} from './base-command.js';

/** A command that uses credentials. */
export abstract class CredentialCommand<T extends typeof Command> extends BaseCommand<T> {
  /** Returns the credentials of a platform. */
  protected credentials(platform: Platform): Credentials {
    return new Credentials({
      platform,
      vault: this.vault(),
      env: process.env,
      preferences: () => this.preferences(),
      warn: this.warning,
    });
  }

  /** Moves the default along with a renamed credential, and tells the person. */
  protected async reportRename(
    {platform, identifier}: RecordName,
    renamedFrom: string | undefined,
  ): Promise<void> {
    if (renamedFrom === undefined) return;
    await moveDefault(this.home, platform, {from: renamedFrom, to: identifier});
    this.say(`It was stored as ${renamedFrom} before; that name is gone.`);
  }
}
