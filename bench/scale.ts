/** Measures many stored credentials: listing all, compared to a script that only reads their files, and showing one. */
import {spawnSync} from 'node:child_process';
import {inTurn, isShort, ratios, report, spreadOf} from './support/measure.js';
import {StoredWorld} from './support/world.js';

const CREDENTIALS = isShort ? 2000 : 10_000;
const ROUNDS = isShort ? 5 : 15;
const READ = `const fs = require('node:fs');
  const folder = process.env.TOOL_HOME + '/tokens/';
  let bytes = 0;
  for (const name of fs.readdirSync(folder)) if (name.endsWith('.token')) bytes += fs.readFileSync(folder + name).length;
  process.stdout.write(bytes + '\\n');`;
const TELL_MEMORY =
  'data:text/javascript,process.on("exit",()=>process.stderr.write(String(process.resourceUsage().maxRSS)))';
const node = process.execPath;
const common = {node: process.versions.node, credentials: CREDENTIALS};

const one = await StoredWorld.create(1);
const many = await StoredWorld.create(CREDENTIALS);

const {read, ...lists} = inTurn(
  {
    read: {command: node, args: ['-e', READ], env: many.env},
    'tokens list': many.tool(node, 'utils tokens list'),
    'tokens list --json': many.tool(node, 'utils tokens list --json'),
  },
  ROUNDS,
);
for (const [figure, times] of Object.entries(lists)) {
  const both = ratios(times, read);
  const sides = {tool: spreadOf(times), read: spreadOf(read)};
  const figures = {...common, ...both, target: 3, sides};
  report('scale', `${figure} of ${CREDENTIALS} to a plain read of the files`, both.ratio, figures);
}

for (const args of ['utils tokens list', 'utils tokens list --json']) {
  const {command, args: all, env} = many.tool(node, args, ['--import', TELL_MEMORY]);
  const {stderr} = spawnSync(command, all, {env, encoding: 'utf8', maxBuffer: 1e9});
  const megabytes = Number(stderr) / 1024;
  report('scale', `memory of ${args.slice(6)} of ${CREDENTIALS}, MB`, megabytes, {...common, target: 150});
}

const SHOW = 'utils tokens show --platform threads --identifier account-0 --field refresh_token';
const shows = inTurn({many: many.tool(node, SHOW), one: one.tool(node, SHOW)});
const both = ratios(shows.many, shows.one);
report('scale', `show of one of ${CREDENTIALS} to show of the only one`, both.ratio, {
  ...common,
  ...both,
  sides: {many: spreadOf(shows.many), one: spreadOf(shows.one)},
});

one.destroy();
many.destroy();
