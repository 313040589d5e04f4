/** Measures how long short commands take, compared to Node doing nothing and to other programs that do the same. */
import {execFileSync} from 'node:child_process';
import {cpSync, mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {KEYRING_PROGRAMS, startKeyring} from '../test/support/keyring.js';
import {isInstalled} from '../test/support/needs.js';
import {inTurn, ratios, report, type Side, spreadOf} from './support/measure.js';
import {runtimes} from './support/runtimes.js';
import {StoredWorld} from './support/world.js';

const SHOW = 'utils tokens show --platform threads --identifier account-0 --field refresh_token';

const world = await StoredWorld.create(1);
const keyring = KEYRING_PROGRAMS.every(isInstalled) ? await startKeyring() : undefined;
const keychainWorld = keyring && (await StoredWorld.create(1));
if (!keychainWorld) process.stderr.write('No Secret Service is installed: the keychain is not measured.\n');
else moveKeyToKeychain(keychainWorld);

/** What is measured on each Node, with the highest ratio to `node -e 0` that we want. */
const FIGURES: Record<string, {target: number; side: (node: string) => Side}> = {
  '--version': {target: 1.6, side: node => world.tool(node, '--version')},
  'show --field': {target: 1.8, side: node => world.tool(node, SHOW)},
  'threads token': {target: 1.9, side: node => world.tool(node, 'threads token')},
  ...(keychainWorld && {
    'threads token, keychain': {
      target: 1.9,
      side: node => withKeyring(keychainWorld.tool(node, 'threads token')),
    },
  }),
  '--help': {target: 2.6, side: node => world.tool(node, '--help')},
};

for (const {version, path} of runtimes()) {
  const [line = ''] = version.split('.');
  const sides = Object.entries(FIGURES).map(([figure, {side}]) => [figure, side(path)] as const);
  const bare: Side = {command: path, args: ['-e', '0'], env: world.env};
  const times = inTurn({bare, ...Object.fromEntries(sides)} as Record<string, Side>);
  for (const [figure, {target}] of Object.entries(FIGURES)) {
    reportBoth(`${figure} to node -e 0, Node ${line}`, times[figure]!, times.bare!, {node: version, target});
  }
}
for (const [name, other, target] of [
  ['gh auth token', gh(), 1.1],
  ["Agoras' storage module", agoras(), undefined],
] as const) {
  if (!other) {
    process.stderr.write(`${name}: not installed, so not compared.\n`);
    continue;
  }
  const times = inTurn({tool: world.tool(process.execPath, SHOW), other});
  reportBoth(`show --field to ${name}`, times.tool, times.other, {node: process.versions.node, target});
}
world.destroy();
keychainWorld?.destroy();
await keyring?.close();

function reportBoth(figure: string, tool: number[], other: number[], more: object): void {
  const both = ratios(tool, other);
  report('start-up', figure, both.ratio, {
    ...more,
    ...both,
    sides: {tool: spreadOf(tool), other: spreadOf(other)},
  });
}

function withKeyring(side: Side): Side {
  return {...side, env: {...side.env, ...keyring!.env}};
}

function moveKeyToKeychain(vault: StoredWorld): void {
  const {command, args, env} = withKeyring(
    vault.tool(process.execPath, 'utils vault rotate-key --to keychain'),
  );
  execFileSync(command, args, {env, stdio: 'ignore'});
}

/** GitHub's command with a stored token. Undefined where it is not installed. */
function gh(): Side | undefined {
  const folder = join(world.folder, 'gh');
  mkdirSync(folder);
  const hosts =
    'github.com:\n    user: somebody\n    oauth_token: gho_fake0123456789\n    git_protocol: https\n';
  writeFileSync(join(folder, 'hosts.yml'), hosts, {mode: 0o600});
  const side = {command: 'gh', args: ['auth', 'token'], env: {...world.env, GH_CONFIG_DIR: folder}};
  return printed(side) ? side : undefined;
}

/** Agoras' storage module, imported alone, with a token that it stored. Undefined where it or Python is missing. */
function agoras(): Side | undefined {
  const env = {...world.env, PYTHONPATH: process.env.PYTHONPATH};
  // The interpreter itself, not the script that pyenv and the like put before it.
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

/** Returns what the command prints. Undefined if it cannot be run or fails. */
function printed({command, args, env}: Side): string | undefined {
  try {
    return execFileSync(command, args, {env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore']}).trim();
  } catch {
    return undefined;
  }
}
