/**
 * How long `threads refresh --all` takes against a service that answers after 50 ms, beside the ideal, where
 * nothing but the service takes time. Measured from its first request to its end.
 */

import {World} from '../test/support/world.js';
import {isShort, report, spreadOf} from './support/measure.js';

const CREDENTIALS = isShort ? 250 : 1000;
const ROUNDS = isShort ? 3 : 5;
/** Milliseconds. */
const LATENCY = 50;
/** As in src/credentials/refresh-all.ts. */
const CONCURRENCY = 16;
const IDEAL = (CREDENTIALS / CONCURRENCY) * LATENCY;
const REFRESH = '/refresh_access_token';

const times: number[] = [];
for (let round = 0; round < ROUNDS; round++) times.push(await refreshAll());
const spread = spreadOf(times);
report('refresh-all', `${CREDENTIALS} credentials to the ideal time`, spread.median_ms / IDEAL, {
  node: process.versions.node,
  target: 1.3,
  concurrency: CONCURRENCY,
  latency_ms: LATENCY,
  sides: {tool: spread, ideal_ms: IDEAL},
});

async function refreshAll(): Promise<number> {
  const world = await World.create();
  try {
    for (let n = 0; n < CREDENTIALS; n++) await world.store(5, {identifier: `account-${n}`});
    world.sandbox.fail(REFRESH, {delay: LATENCY}, CREDENTIALS);
    let first = Number.NaN;
    world.sandbox.events.once('request', () => {
      first = performance.now();
    });
    const {code, stderr} = await world.run(['threads', 'refresh', '--all']);
    const took = performance.now() - first;
    if (code !== 0 || world.requests(REFRESH) !== CREDENTIALS)
      throw new Error(`It ended with ${code}: ${stderr}`);
    return took;
  } finally {
    await world.destroy();
  }
}
