import * as Flags from '@oclif/core/flags';
import {platformVariable} from '../../config/variables.js';
import type {Credential} from '../../credential.js';
import {VaultError} from '../../errors.js';
import type {App, Platform} from '../../platforms/platform.js';
import {ask, isInteractive} from './prompt.js';
import type {StandardInput} from './stdin.js';

export const appIdFlag = Flags.string({
  summary: 'The Threads app id (not the Meta app id).',
  helpValue: 'ID',
});

export const appSecretFlag = Flags.string({
  summary: 'The Threads app secret; `-` reads it from standard input, which nobody else sees.',
  helpValue: 'SECRET|-',
});

/**
 * The app's id and secret: from flags, else variables, else the credential stored before, else asked for.
 * A secret of `-` is the first line of standard input. Throws VARIABLE_MISSING and USAGE.
 */
export async function findAppCredentials(
  platform: Platform,
  flags: {appId: string | undefined; appSecret: string | undefined},
  env: NodeJS.ProcessEnv,
  stored: Credential | undefined,
  input: StandardInput,
  warn: (message: string) => void,
): Promise<App> {
  const fromEnv = (field: 'APP_ID' | 'APP_SECRET') =>
    env[platformVariable(platform.name, field)]?.trim() || undefined;
  const interactive = isInteractive(env);

  const id =
    flags.appId ??
    fromEnv('APP_ID') ??
    stored?.app_id ??
    (interactive ? await ask(`${platform.title} app id:`) : undefined);
  if (id === undefined) throw appValueMissing(platform, 'APP_ID', '--app-id');
  if (!/^\d{1,32}$/.test(id)) {
    throw new VaultError('USAGE', 'The app id is a number.', [
      'Copy the Threads app id: App dashboard → Use cases → Access the Threads API → Settings.',
    ]);
  }

  const given = flags.appSecret === '-' ? await input.firstLine() : flags.appSecret;
  if (given && flags.appSecret !== '-') {
    warn(
      `The app secret was given as an argument: other users and the shell’s history can see it. Use --app-secret - or ${platformVariable(platform.name, 'APP_SECRET')}.`,
    );
  }
  if (flags.appSecret === '-' && !given?.trim()) {
    throw new VaultError('USAGE', 'There is no app secret on standard input.', [
      'Give it on the first line.',
    ]);
  }
  const secret =
    given?.trim() ||
    fromEnv('APP_SECRET') ||
    (stored?.app_id === id ? stored.app_secret : undefined) ||
    (interactive ? await ask(`${platform.title} app secret:`, {hidden: true}) : undefined);
  if (!secret) throw appValueMissing(platform, 'APP_SECRET', '--app-secret -');
  return {id, secret};
}

function appValueMissing(platform: Platform, field: 'APP_ID' | 'APP_SECRET', flag: string): VaultError {
  const name = platformVariable(platform.name, field);
  return new VaultError('VARIABLE_MISSING', `The app ${field === 'APP_ID' ? 'id' : 'secret'} is missing.`, [
    `Set ${name}, or add ${flag}.`,
    'Where to find it: App dashboard → Use cases → Access the Threads API → Settings.',
  ]);
}
