import type {Config} from '@oclif/core/config';
import type {BaseCommand} from './cli/base-command.js';
import {type CommandIndex, commandIndex, readCommands, readTopics} from './cli/manifest.js';
import {print} from './cli/output/stdout.js';
import {bin, packageFolder, packageJson, toolVariable} from './program.js';

/**
 * Runs the command that the arguments name. oclif's own way to it, by plugins, themes, topics and help,
 * takes longer than most commands, so what the manifest names is run at once; help and mistakes are oclif's.
 */
export async function dispatch(argv: string[]): Promise<void> {
  const {name, version, oclif: options} = packageJson;
  if (['--version', ...options.additionalVersionFlags].includes(argv[0]!)) {
    const {default: isWsl} = await import('is-wsl');
    const platform = isWsl ? 'wsl' : process.platform;
    print(`${name}/${version} ${platform}-${process.arch} node-${process.version}\n`);
    return;
  }
  const found = findCommand(argv, commandIndex(), options.additionalHelpFlags);
  if (!found) {
    // Else it looks in the home for colours and plugins that nobody meant for this command.
    process.env[CONFIG.scopedEnvVarKey('DISABLE_THEME')] = '1';
    const {default: oclif} = await import('@oclif/core/run');
    // `tool help threads`, as git and gh have it.
    const words = argv[0] === 'help' ? ['--help', ...argv.slice(1)] : argv;
    await oclif.run(words, {root: packageFolder, pjson: packageJson as never, userPlugins: false});
    return;
  }
  const command: {default: CommandClass} = await import(`./commands/${found.id.replaceAll(':', '/')}.js`);
  command.default.id = found.id;
  await command.default.run(found.argv, CONFIG);
}

type CommandClass = typeof BaseCommand & (new (argv: string[], config: Config) => BaseCommand<never>);

/** As much of oclif's configuration as a command has use for while it runs. */
const CONFIG = {
  bin,
  name: packageJson.name,
  version: packageJson.version,
  root: packageFolder,
  pjson: packageJson,
  topicSeparator: ' ',
  get commands() {
    return Object.values(readCommands());
  },
  get topics() {
    return readTopics();
  },
  runHook: async () => ({successes: [], failures: []}),
  scopedEnvVar: (name: string) => process.env[toolVariable(name)],
  scopedEnvVarKey: toolVariable,
  scopedEnvVarKeys: (name: string) => [toolVariable(name)],
} as unknown as Config;

/**
 * The command and what is left for it, as oclif reads the words; undefined where they ask for help or make
 * a mistake.
 */
export function findCommand(
  argv: string[],
  commands: CommandIndex,
  helpFlags: string[],
): {id: string; argv: string[]} | undefined {
  const end = argv.indexOf('--');
  const own = end < 0 ? argv : argv.slice(0, end);
  if (own.some(arg => arg === '--help' || helpFlags.includes(arg))) return undefined;
  const [first = '', ...rest] = argv;
  if (first.includes(':')) return commands[first] && {id: first, argv: rest};

  const ids = Object.keys(commands);
  const leads = (start: string) => ids.some(id => id === start || id.startsWith(`${start}:`));
  const takesMore = ({args = {}, strict = true}) => Object.keys(args).length > 0 || !strict;
  let id = '';
  for (const [at, arg] of argv.entries()) {
    const longer = id ? `${id}:${arg}` : arg;
    if (leads(longer)) id = longer;
    else if (arg.startsWith('-') || arg.includes('=') || takesMore(commands[id] ?? {}))
      return commands[id] && {id, argv: argv.slice(at)};
    else return undefined;
  }
  return commands[id] && {id, argv: []};
}
