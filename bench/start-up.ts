/** How long the shortest commands take, beside the least that node takes, and beside others that do the same. */
import {execFileSync} from 'node:child_process';
import {cpSync, mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {inTurn, ratios, report, type Side, spreadOf} from './support/measure.js';
import {runtimes} from './support/runtimes.js';
import {StoredWorld} from './support/world.js';

/** At most, by the line of node. */
const TARGETS: Record<string, number> = {20: 1.7, 24: 2.4};
const SHOW = 'utils tokens show --platform threads --identifier account-0 --field refresh_token';

const world = await StoredWorld.create(1);
for (const {version, path} of runtimes()) {
  const [line = ''] = version.split('.');
  const bare = {command: path, args: ['-e', '0'], env: world.env};
  const uncached = world.tool(path, SHOW);
  uncached.env = {...world.env, NODE_DISABLE_COMPILE_CACHE: '1'};
  const {bare: least, ...others} = inTurn({
    bare,
    '--version': world.tool(path, '--version'),
    'show --field': world.tool(path, SHOW),
    'show --field, no compile cache': uncached,
    'threads token, the default': world.tool(path, 'threads token'),
    '--help': world.tool(path, '--help'),
  });
  for (const [figure, times] of Object.entries(others)) {
    const {ratio, ratio_of_fastest} = ratios(times, least);
    const target = /^--version$|--field$/.test(figure) ? TARGETS[line] : undefined;
    report('start-up', `${figure} to node -e 0, Node ${line}`, ratio, {
      node: version,
      ratio,
      ratio_of_fastest,
      ...(target && {target}),
      sides: {tool: spreadOf(times), node: spreadOf(least)},
    });
  }
}
for (const [name, other] of Object.entries({'gh auth token': gh(), 'Agoras’ storage module': agoras()})) {
  if (!other) {
    process.stderr.write(`${name}: not installed, so not compared.\n`);
    continue;
  }
  const times = inTurn({tool: world.tool(process.execPath, SHOW), other});
  const {ratio, ratio_of_fastest} = ratios(times.tool, times.other);
  const sides = {tool: spreadOf(times.tool), [name]: spreadOf(times.other)};
  report('start-up', `show --field to ${name}`, ratio, {
    node: process.versions.node,
    ratio,
    ratio_of_fastest,
    sides,
  });
}
world.destroy();

/** GitHub's command with a stored token, where it is installed. */
function gh(): Side | undefined {
  const folder = join(world.folder, 'gh');
  mkdirSync(folder);
  const hosts =
    'github.com:\n    user: somebody\n    oauth_token: gho_fake0123456789\n    git_protocol: https\n';
  writeFileSync(join(folder, 'hosts.yml'), hosts, {mode: 0o600});
  const side = {command: 'gh', args: ['auth', 'token'], env: {...world.env, GH_CONFIG_DIR: folder}};
  return printed(side) ? side : undefined;
}

/** Agoras' storage module, imported alone, with a token that it stored; where both Python and it are installed. */
function agoras(): Side | undefined {
  const env = {...world.env, PYTHONPATH: process.env.PYTHONPATH};
  // pyenv and the like put a script before the interpreter, which is not what is measured.
  const python = printed({command: 'python3', args: ['-c', 'import sys; print(sys.executable)'], env});
  const find = `import importlib.util, os.path
for folder in importlib.util.find_spec('agoras').submodule_search_locations:
    path = os.path.join(folder, 'core', 'auth', 'storage.py')
    if os.path.exists(path): print(path)`;
  const module = python && printed({command: python, args: ['-c', find], env});
  if (!module) return undefined;
  cpSync(module, join(world.folder, 'storage.py'));
  const use = (call: string) => ({
    command: python,
    args: ['-c', `from storage import SecureTokenStorage as S; ${call}`],
    env: {...env, PYTHONPATH: [world.folder, env.PYTHONPATH].filter(Boolean).join(':')},
  });
  printed(use(`S().save_token('threads', 'account', {'refresh_token': 'fake-token'})`));
  const load = use(`print(S().load_token('threads', 'account')['refresh_token'])`);
  return printed(load) === 'fake-token' ? load : undefined;
}

/** What it prints; undefined where it cannot be run or fails. */
function printed({command, args, env}: Side): string | undefined {
  try {
    return execFileSync(command, args, {env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore']}).trim();
  } catch {
    return undefined;
  }
}
