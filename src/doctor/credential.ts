import {readPreferences} from '../config/preferences.js';
import {platformVariable, readEnvironment, tokenVariables, variablesFound} from '../config/variables.js';
import {chooseStored, notStored} from '../credentials/find.js';
import {secondsLeft} from '../credentials/lifetime.js';
import {VaultError} from '../errors.js';
import {clockHint} from '../platforms/clock.js';
import {findService} from '../platforms/service.js';
import {bin} from '../program.js';
import {type DoctorContext, note, ok, type Remark} from './finding.js';
import {withoutToken} from './variables.js';

/** Says which credential a command would use now, and why. Decrypts nothing. */
export async function* checkCredential(context: DoctorContext): AsyncGenerator<Remark> {
  const {env, home, platform, vault} = context;
  const loginCommand = `${bin} ${platform.name} authorize`;
  const {apiUrl} = findService(platform, env);
  const fromEnvironment = await readEnvironment({platform: platform.name, env, apiUrl});
  if (fromEnvironment) {
    const name = tokenVariables(platform.name).find(each => env[each]?.trim());
    const which = `the token in ${name}, since variables take precedence over the store`;
    return yield describeUse(which, fromEnvironment.expires_at, loginCommand);
  }

  let why = 'the only one stored';
  const preferences = async () => {
    why = 'the default';
    return readPreferences(home);
  };
  const chosen = await chooseStored({platform: platform.name, vault, preferences});
  if (chosen === undefined) return yield describeNothing(context);
  const rows = (await vault.list()).filter(row => row.platform === platform.name);
  const row = rows.find(({identifier}) => identifier === chosen);
  if (!row) {
    const names = rows.map(({identifier}) => identifier);
    throw notStored(platform.name, chosen, names);
  }
  if ('error' in row) {
    throw new VaultError(row.error.code, `Commands would use ${chosen}, ${why}, but its record is damaged.`, [
      'See "records" for what is wrong with it.',
    ]);
  }
  yield describeUse(`${chosen}, ${why}`, row.header.expires_at, `${loginCommand} --identifier ${chosen}`);
}

/** Throws CREDENTIAL_EXPIRED. */
function describeUse(which: string, expires_at: string | null, loginCommand: string): Remark {
  const day = expires_at?.slice(0, 10);
  if (secondsLeft({expires_at}) > 0) return ok(`Commands use ${which}${day ? ` (until ${day})` : ''}.`);
  throw new VaultError('CREDENTIAL_EXPIRED', `Commands would use ${which}, but it expired on ${day}.`, [
    `Log in again: ${loginCommand}`,
    clockHint(),
  ]);
}

/** Having no credential is no problem before the first login, but is one if the variables lack a token. */
function describeNothing({env, platform}: DoctorContext): Remark {
  const {found, empty} = variablesFound(platform.name, env);
  const token = platformVariable(platform.name, 'REFRESH_TOKEN');
  const ways = [
    `On your own machine, log in: ${bin} ${platform.name} authorize`,
    `In an unattended run, set ${token}; print it with: ${bin} utils tokens show --platform ${platform.name} --format env`,
  ];
  if (!empty.includes(token) && withoutToken(found).length === 0) {
    return note('No credential yet.', ...ways);
  }
  throw new VaultError('VARIABLE_MISSING', `Nothing is stored, and ${token} holds no token.`, ways);
}
