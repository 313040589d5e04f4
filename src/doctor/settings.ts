import {existsSync} from 'node:fs';
import {readPreferences} from '../config/preferences.js';
import {findService} from '../platforms/service.js';
import {type DoctorContext, failuresOf, ok, type Remark} from './finding.js';

/** Checks config.json and the variables whose values must be valid. */
export async function* checkSettings(context: DoctorContext): AsyncGenerator<Remark> {
  const {env, home, keyStore, platform, settings} = context;
  const own = [() => readPreferences(home), keyStore, () => findService(platform, env)];
  const failures = await failuresOf([...own, ...settings]);
  if (failures.length > 0) return yield* failures;
  yield ok(existsSync(home.configFile) ? 'config.json is valid.' : 'No config.json: defaults are used.');
}
