import {existsSync} from 'node:fs';
import {findService} from '../platforms/service.js';
import {readPreferences} from '../preferences.js';
import {failuresOf, ok, type Remark, type Situation} from './finding.js';

/** config.json, and the variables that must hold a value of a certain form. */
export async function* checkSettings(situation: Situation): AsyncGenerator<Remark> {
  const {env, home, keyStore, platform, settings} = situation;
  const ours = [() => readPreferences(home), keyStore, () => findService(platform, env)];
  const failures = await failuresOf([...ours, ...settings]);
  if (failures.length > 0) return yield* failures;
  yield ok(existsSync(home.configFile) ? 'config.json can be used.' : 'No config.json: the defaults hold.');
}
