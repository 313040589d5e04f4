import {readPreferences} from '../config/preferences.js';
import {platformVariable, readEnvironment, variablesFound} from '../config/variables.js';
import {chooseStored, notStored} from '../credentials/find.js';
import {secondsLeft} from '../credentials/lifetime.js';
import {VaultError} from '../errors.js';
import {findService} from '../platforms/service.js';
import {bin} from '../program.js';
import {type DoctorContext, note, ok, type Remark} from './finding.js';
import {withoutToken} from './variables.js';

/** Which credential a command would use now, and why. Nothing is decrypted. */
export async function* checkCredential(situation: DoctorContext): AsyncGenerator<Remark> {
  const {env, home, platform, vault} = situation;
  const authorize = `${bin} ${platform.name} authorize`;
  const fromEnvironment = await readEnvironment(platform.name, env, findService(platform, env).apiUrl);
  if (fromEnvironment) {
    const isNamed = (name: string) => env[name]?.trim();
    const name = (['REFRESH_TOKEN', 'ACCESS_TOKEN'] as const)
      .map(field => platformVariable(platform.name, field))
      .find(isNamed);
    const which = `the token in ${name}, since variables come before what is stored`;
    return yield use(which, fromEnvironment.expires_at, authorize);
  }

  let why = 'the only one stored';
  const chosen = await chooseStored(platform, vault, async () => {
    why = 'the default';
    return (await readPreferences(home)).default[platform.name];
  });
  if (chosen === undefined) return yield nothing(situation);
  const rows = (await vault.list()).filter(row => row.platform === platform.name);
  const row = rows.find(({identifier}) => identifier === chosen);
  if (!row)
    throw notStored(
      platform,
      chosen,
      rows.map(({identifier}) => identifier),
    );
  if ('error' in row) {
    throw new VaultError(row.error.code, `Commands would use ${chosen}, ${why}, and its record is bad.`, [
      'What is wrong with it is told under records.',
    ]);
  }
  yield use(`${chosen}, ${why}`, row.header.expires_at, `${authorize} --identifier ${chosen}`);
}

/** Throws CREDENTIAL_EXPIRED. */
function use(which: string, expires_at: string | null, authorize: string): Remark {
  const day = expires_at?.slice(0, 10);
  if (secondsLeft({expires_at}) > 0) return ok(`Commands use ${which}${day ? ` (until ${day})` : ''}.`);
  throw new VaultError('CREDENTIAL_EXPIRED', `Commands would use ${which}, but it expired on ${day}.`, [
    `Authorize again: ${authorize}`,
  ]);
}

/** Before the first login nothing is wrong; where a token was meant to be in the environment, something is. */
function nothing({env, platform}: DoctorContext): Remark {
  const {found, empty} = variablesFound(platform.name, env);
  const token = platformVariable(platform.name, 'REFRESH_TOKEN');
  const ways = [
    `On your own machine: ${bin} ${platform.name} authorize`,
    `In an unattended run: set ${token}, from ${bin} utils tokens show --platform ${platform.name} --format env`,
  ];
  if (!empty.includes(token) && withoutToken(found).length === 0) {
    return note('No credential yet.', ...ways);
  }
  throw new VaultError('VARIABLE_MISSING', `Nothing is stored, and ${token} holds no token.`, ways);
}
