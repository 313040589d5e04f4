import type {Config} from '@oclif/core/config';
import type {BaseCommand} from './cli/base-command.js';
import {type CommandIndex, commandIndex, readCommands, readTopics} from './cli/manifest.js';
import {openStdout, print} from './cli/output/stdout.js';
import {bin, packageFolder, packageJson, toolVariable} from './program.js';

/**
 * Runs the command that the arguments name. oclif does that with all its hooks, plugins, themes and topics, but loading
 * those takes longer than most commands. So a command of our own is run directly where package.json declares no hooks
 * and no plugins, which could tell the difference.
 */
export async function dispatch(argv: string[]): Promise<void> {
  const {name, version, oclif: options} = packageJson;
  const isExtended = [options.hooks, options.plugins, options.devPlugins].some(
    each => Object.keys(each ?? {}).length > 0,
  );
  if (isExtended) return runOclif(argv);
  if (['--version', ...options.additionalVersionFlags].includes(argv[0]!)) {
    const {default: isWsl} = await import('is-wsl');
    const platform = isWsl ? 'wsl' : process.platform;
    print(`${name}/${version} ${platform}-${process.arch} node-${process.version}\n`);
    return;
  }
  const found = findCommand(argv, commandIndex(), options.additionalHelpFlags);
  if (!found) return runOclif(argv);
  const command = await loadCommand(found.id);
  await command.run(found.argv, CONFIG);
}

/** Runs oclif itself, for help, for mistakes, and for everything if there are hooks or plugins. */
async function runOclif(argv: string[]): Promise<void> {
  openStdout();
  const {default: oclif} = await import('@oclif/core/run');
  const options = {
    root: packageFolder,
    pjson: packageJson as never,
    // Plugins that a user installed into the home count only where the package offers to install them.
    userPlugins: packageJson.oclif.plugins?.includes('@oclif/plugin-plugins') ?? false,
  };
  // `tool help TOPIC`, as git and gh have it.
  const words = argv[0] === 'help' ? ['--help', ...argv.slice(1)] : argv;
  await oclif.run(words, await configWithOwnCommands(options));
}

/** Loads oclif's configuration. Our commands come from where this file is: oclif would always take those in dist/. */
async function configWithOwnCommands(options: Parameters<typeof Config.load>[0]): Promise<Config> {
  const {
    default: {Config},
  } = await import('@oclif/core/config');
  const config = await Config.load(options);
  const own = config.plugins.get(packageJson.name)!;
  own.findCommand = async id => Object.assign(await loadCommand(id), {plugin: own}) as never;
  return config;
}

type CommandClass = typeof BaseCommand & (new (argv: string[], config: Config) => BaseCommand<never>);

async function loadCommand(id: string): Promise<CommandClass> {
  const module: {default: CommandClass} = await import(`./commands/${id.replaceAll(':', '/')}.js`);
  return Object.assign(module.default, {id});
}

/** The part of oclif's configuration that our commands use. */
const PARTIAL_CONFIG = {
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
};

/** Fails loudly where a command needs more of the configuration than there is. */
const CONFIG = new Proxy(PARTIAL_CONFIG, {
  get(config, name) {
    if (name in config) return config[name as keyof typeof config];
    throw new TypeError(`config.${String(name)} is not in PARTIAL_CONFIG of src/dispatch.ts`);
  },
}) as unknown as Config;

/** Finds the command as oclif does, and what is left for it. Returns undefined for help and for a mistake. */
export function findCommand(
  argv: string[],
  commands: CommandIndex,
  helpFlags: string[],
): {id: string; argv: string[]} | undefined {
  const end = argv.indexOf('--');
  const own = end < 0 ? argv : argv.slice(0, end);
  if (own.some(arg => arg === '--help' || helpFlags.includes(arg))) return undefined;
  const found = (name: string, rest: string[]) => commands[name] && {id: commands[name].id, argv: rest};
  const [first = '', ...rest] = argv;
  if (first.includes(':')) return found(first, rest);

  const names = Object.keys(commands);
  const leads = (start: string) => names.some(name => name === start || name.startsWith(`${start}:`));
  const takesMore = ({args = {}, strict = true}: Partial<CommandIndex[string]> = {}) =>
    Object.keys(args).length > 0 || !strict;
  let name = '';
  for (const [at, arg] of argv.entries()) {
    const longer = name ? `${name}:${arg}` : arg;
    if (leads(longer)) name = longer;
    else if (arg.startsWith('-') || arg.includes('=') || takesMore(commands[name]))
      return found(name, argv.slice(at));
    else return undefined;
  }
  return found(name, []);
}
