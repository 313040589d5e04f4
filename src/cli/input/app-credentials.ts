import {platformVariable} from '../../config/variables.js';
import type {Credential} from '../../credential.js';
import {VaultError} from '../../errors.js';
import type {App, Platform} from '../../platforms/platform.js';
import {ask, isInteractive} from './prompt.js';
import type {StandardInput} from './stdin.js';

export interface AppRequest {
  platform: Platform;
  /** The values of the flags. The secret `-` is read from the first line of standard input. */
  appId: string | undefined;
  appSecret: string | undefined;
  env: NodeJS.ProcessEnv;
  /** The credential of an earlier login at the same origin. */
  stored: Credential | undefined;
  input: StandardInput;
  warn: (message: string) => void;
}

/**
 * Finds the app id and secret: from the flags, else the variables, else the stored credential, else by asking.
 * Throws VARIABLE_MISSING and USAGE.
 */
export async function findAppCredentials(request: AppRequest): Promise<App> {
  const {platform, env, stored, input, warn} = request;
  const {title, appHints} = platform;
  const fromEnv = (field: 'APP_ID' | 'APP_SECRET') =>
    env[platformVariable(platform.name, field)]?.trim() || undefined;
  const canAsk = isInteractive(env);

  const id =
    request.appId ??
    fromEnv('APP_ID') ??
    stored?.app_id ??
    (canAsk ? (await ask(`${title} app id:`)).trim() : undefined);
  if (id === undefined) throw appValueMissing(platform, 'APP_ID', '--app-id');
  if (!/^\d{1,32}$/.test(id)) {
    throw new VaultError('USAGE', 'The app id must have digits only.', [
      `Copy it from: ${appHints.whereToFind}`,
    ]);
  }

  const isPiped = request.appSecret === '-';
  const given = isPiped ? await input.firstLine() : request.appSecret;
  if (isPiped && !given?.trim()) {
    throw new VaultError('USAGE', 'There is no app secret on standard input.', [
      'Write it on the first line.',
    ]);
  }
  if (given && !isPiped) {
    const variable = platformVariable(platform.name, 'APP_SECRET');
    warn(
      `The app secret was given as an argument: other users and the shell history can see it. Use --app-secret - or ${variable}.`,
    );
  }
  const secret =
    given?.trim() ||
    fromEnv('APP_SECRET') ||
    (stored?.app_id === id ? stored.app_secret : undefined) ||
    (canAsk ? (await ask(`${title} app secret:`, {hidden: true})).trim() : undefined);
  if (!secret) throw appValueMissing(platform, 'APP_SECRET', '--app-secret -');
  return {id, secret};
}

function appValueMissing(
  {name, appHints}: Platform,
  field: 'APP_ID' | 'APP_SECRET',
  flag: string,
): VaultError {
  return new VaultError('VARIABLE_MISSING', `The app ${field === 'APP_ID' ? 'id' : 'secret'} is missing.`, [
    `Set ${platformVariable(name, field)}, or add ${flag}.`,
    `Where to find it: ${appHints.whereToFind}`,
  ]);
}
