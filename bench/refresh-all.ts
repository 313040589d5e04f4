/**
 * How long `threads refresh --all` takes against a service that answers after 50 ms, beside the ideal, where
 * nothing but the service takes time. A JSON line for each number of credentials; the built command is measured,
 * from its first request to its end. On a quiet machine: npm run build && npx tsx bench/refresh-all.ts
 */
import {World} from '../test/support/world.js';

const LATENCY = 50;
/** As in src/credentials/refresh-all.ts. */
const CONCURRENCY = 16;
const REFRESH = '/refresh_access_token';
const TELL_CPU_TIME =
  'data:text/javascript,process.on("exit",()=>process.stderr.write(JSON.stringify(process.cpuUsage())))';

for (const credentials of process.env.BENCH_SHORT ? [250] : [250, 500, 1000]) {
  const world = await World.create();
  for (let n = 0; n < credentials; n++) await world.store(5, {identifier: `account-${n}`});
  world.sandbox.fail(REFRESH, {delay: LATENCY}, credentials);
  let first = Number.NaN;
  world.sandbox.events.once('request', () => {
    first = performance.now();
  });
  const {code, stderr} = await world.run(['threads', 'refresh', '--all'], {preload: [TELL_CPU_TIME]});
  const took = performance.now() - first;
  const ideal = (credentials / CONCURRENCY) * LATENCY;
  const {user, system} = JSON.parse(stderr);
  const figures = {
    bench: 'refresh-all',
    figure: `${credentials} credentials to the ideal time`,
    value: Number((took / ideal).toFixed(2)),
    target: 1.3,
    concurrency: CONCURRENCY,
    latency_ms: LATENCY,
    exit_code: code,
    requests: world.requests(REFRESH),
    ideal_ms: ideal,
    took_ms: Math.round(took),
    cpu_ms: Math.round((user + system) / 1000),
  };
  console.log(JSON.stringify(figures));
  await world.destroy();
}
