// The main job, as a person would see it, against the sandbox: nothing leaves this machine, and the
// home is a folder that is removed at the end.
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
  TOOL_HOME: join(folder, 'home'),
  // On your own machine the key goes to the OS keychain; a demo leaves nothing there.
  TOOL_KEY_STORE: 'file',
  TOOL_BROWSER: `"${process.execPath}" "${join(root, 'demo/browser.js')}"`,
};

let sandbox;
try {
  say(
    'A stand-in for Threads, so that no Meta app is needed. Its tokens are 40 of their 60 days old already.',
  );
  await startSandbox();

  say('Log in once in the browser (here a browser without a screen). The tokens are encrypted and kept.');
  await run(['threads', 'authorize', '--browser', '--redirect-uri', 'https://localhost:34567/callback']);

  say('What is stored, and how long it lives:');
  await run(['utils', 'tokens', 'list']);
  await run(['utils', 'tokens', 'show', '--platform', 'threads']);

  say(
    'With less than 32 days left, any command that uses the token would refresh it first; so does this one.',
  );
  await run(['threads', 'refresh']);

  say('What the service says of it now:');
  await run(['threads', 'status']);

  say('An unattended run: the same credential from THREADS_* variables, on a machine with an empty home.');
  const lines = await run(['utils', 'tokens', 'show', '--platform', 'threads', '--format', 'env'], {
    hide: true,
  });
  const variables = Object.fromEntries(
    [...lines.matchAll(/^(\w+)='(.*)'$/gm)].map(([, name, value]) => [name, value]),
  );
  await run(['threads', 'status'], {env: {...env, ...variables, TOOL_HOME: join(folder, 'elsewhere')}});

  say('Scripts learn from the exit code. Here: nothing is stored, nothing is set.');
  await run(['threads', 'token'], {env: {...env, TOOL_HOME: join(folder, 'elsewhere')}, exitCode: 3});

  say('That was the demo. Now with a real account: docs/meta-setup.md');
} finally {
  sandbox?.kill();
  rmSync(folder, {recursive: true, force: true});
}

function say(words) {
  console.log(`\n# ${words}`);
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

/** Runs one command and shows it with its output; secrets that it is asked to print are left out. */
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
  if (hide) process.stdout.write(output.replaceAll(/='(.{4}).{12,}(.{4})'$/gm, "='$1…$2'"));
  if (code !== 0) console.log(`(exit code ${code})`);
  if (code !== exitCode) throw new Error(`The command ended with ${code}, not with ${exitCode}.`);
  return output;
}
