// Runs the main commands against the sandbox. Nothing leaves this machine, and the temporary home folder is
// removed at the end.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {createInterface} from 'node:readline';
import {fileURLToPath} from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const tool = join(root, 'bin/run.js');
const folder = mkdtempSync(join(tmpdir(), 'agora-vault-demo-'));
const env = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(THREADS|TOOL)_/.test(name))),
  // For the homes of the demo itself; the sandbox prints another one. A real vault keeps its key in the keychain.
  TOOL_KEY_STORE: 'file',
  TOOL_BROWSER: `"${process.execPath}" "${join(root, 'demo/browser.js')}"`,
};

let sandbox;
try {
  say(
    'Start a local stand-in for Threads, so that no Meta app is needed. Its tokens are 40 days old; they expire after 60.',
  );
  await startSandbox();

  say('Log in once in the browser (here a headless one). The token is stored encrypted.');
  await run(['threads', 'authorize', '--browser', '--redirect-uri', 'https://localhost:34567/callback']);

  say('List what is stored and when it expires:');
  await run(['utils', 'tokens', 'list']);
  await run(['utils', 'tokens', 'show', '--platform', 'threads']);

  say(
    'With fewer than 32 days left, every command that uses the token refreshes it first. To refresh it now:',
  );
  await run(['threads', 'refresh']);

  say('Ask Threads (here the sandbox) about the token:');
  await run(['threads', 'status']);

  say('Use the same credential on another machine, without a vault: THREADS_* variables are enough.');
  const lines = await run(['utils', 'tokens', 'show', '--platform', 'threads', '--format', 'env'], {
    hide: true,
  });
  const variables = Object.fromEntries(
    [...lines.matchAll(/^(\w+)='(.*)'$/gm)].map(([, name, value]) => [name, value]),
  );
  await run(['threads', 'status'], {env: {...env, ...variables, TOOL_HOME: join(folder, 'elsewhere')}});

  say('Scripts rely on exit codes. Here there is no credential at all:');
  await run(['threads', 'token'], {env: {...env, TOOL_HOME: join(folder, 'elsewhere')}, exitCode: 3});

  say('End of the demo. To use a real account, see docs/meta-setup.md');
} finally {
  sandbox?.kill();
  rmSync(folder, {recursive: true, force: true});
}

function say(text) {
  console.log(`\n# ${text}`);
}

async function startSandbox() {
  const args = ['threads', 'sandbox', '--consent', 'auto', '--token-age', '40d'];
  console.log(`$ tool ${args.join(' ')}`);
  sandbox = spawn(process.execPath, [tool, ...args], {
    env,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  for await (const line of createInterface({input: sandbox.stdout})) {
    console.log(line);
    const [, name, value] = /^export (\w+)='(.*)'$/.exec(line);
    env[name] = value;
    if (name === 'THREADS_APP_SECRET') return;
  }
  throw new Error('The sandbox did not start.');
}

/** Runs a command and shows it with its output. `hide` masks the secrets in the output. */
async function run(args, {env: environment = env, hide = false, exitCode = 0} = {}) {
  console.log(`$ tool ${args.join(' ')}`);
  const child = spawn(process.execPath, [tool, ...args], {
    env: environment,
    stdio: ['ignore', hide ? 'pipe' : 'inherit', 'inherit'],
  });
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', chunk => {
    output += chunk;
  });
  const [code] = await once(child, 'close');
  if (hide) process.stdout.write(output.replaceAll(/^(\w+_(?:SECRET|TOKEN)='.{4}).*(.{4}')$/gm, '$1…$2'));
  if (code !== 0) console.log(`(exit code ${code})`);
  if (code !== exitCode) throw new Error(`The command exited with ${code} instead of ${exitCode}.`);
  return output;
}
