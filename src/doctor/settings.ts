import {existsSync} from 'node:fs';
import {readPreferences} from '../config/preferences.js';
import {findService} from '../platforms/service.js';
import {type DoctorContext, failuresOf, ok, type Remark} from './finding.js';

/** config.json, and the variables that must hold a value of a certain form. */
export async function* checkSettings(situation: DoctorContext): AsyncGenerator<Remark> {
  const {env, home, keyStore, platform, settings} = situation;
  const ours = [() => readPreferences(home), keyStore, () => findService(platform, env)];
  const failures = await failuresOf([...ours, ...settings]);
  if (failures.length > 0) return yield* failures;
  yield ok(existsSync(home.configFile) ? 'config.json can be used.' : 'No config.json: the defaults hold.');
}
