import type {Interfaces} from '@oclif/core';
import {Command} from '@oclif/core/command';
import type {Config} from '@oclif/core/config';
import {findHome, type Home} from '../config/home.js';
import {chooseKeyStore, type KeyStoreChoice, requiredKeyStore} from '../config/key-stores.js';
import {type Preferences, readPreferences} from '../config/preferences.js';
import {openLocalVault} from '../vault/open.js';
import type {Vault} from '../vault/vault.js';
import {passphrasesFrom} from './input/passphrase.js';
import {reportFailures, reportWarning} from './output/report-error.js';
import {formatJson, sanitize} from './output/sanitize.js';
import {print} from './output/stdout.js';
import {say} from './output/terminal.js';

type FlagsOf<T extends typeof Command> = Interfaces.InferredFlags<T['flags']>;
type ArgsOf<T extends typeof Command> = Interfaces.InferredArgs<T['args']>;

/**
 * What all commands share: `--json`, errors and their exit codes, and the way to the vault. It closes
 * what oclif leaves open: its `--json` errors spread every property, its text errors print causes, its
 * parse errors have two exit codes, and a command that returns nothing prints nothing.
 */
export abstract class BaseCommand<T extends typeof Command> extends Command {
  static override enableJsonFlag = true;

  protected flags!: FlagsOf<T>;
  protected args!: ArgsOf<T>;
  protected readonly home: Home = findHome(process.env);

  // oclif's own method would load its whole configuration a second time.
  static override async run<C extends Command>(
    this: new (
      argv: string[],
      config: Config,
    ) => C,
    argv: string[],
    config: Config,
  ): Promise<ReturnType<C['run']>> {
    return (new this(argv, config) as C & BaseCommand<never>)._run();
  }

  /** Returns what `--json` prints. */
  abstract override run(): Promise<object>;

  // oclif's own method writes the arguments, which may hold a secret, to DEBUG's output.
  protected override async init(): Promise<void> {
    const {flags, args} = await this.parse(this.ctor);
    this.flags = flags as FlagsOf<T>;
    this.args = args as ArgsOf<T>;
    if (this.ctor.deprecateAliases || this.ctor.state === 'deprecated') this.warnIfCommandDeprecated();
  }

  // `main` reports the error; oclif's own method would print all of it.
  protected override async catch(error: Error): Promise<void> {
    throw error;
  }

  protected override logJson(json: unknown): void {
    print(`${formatJson(json)}\n`);
  }

  /** Prints data to stdout exactly as it is; nothing with `--json`. */
  protected write(text: string): void {
    if (!this.jsonEnabled()) print(text);
  }

  /** Prints a line of text for the person to stdout, as safe as on stderr; nothing with `--json`. */
  protected writeLine(text: string): void {
    this.write(`${sanitize(text)}\n`);
  }

  /** Prints lines for the person to stderr, even with `--json`. */
  protected readonly say = say;

  protected readonly warning = reportWarning;

  protected readonly failures = reportFailures;

  private cachedPreferences: Promise<Preferences> | undefined;
  protected preferences(): Promise<Preferences> {
    this.cachedPreferences ??= readPreferences(this.home);
    return this.cachedPreferences;
  }

  private opened: Vault | undefined;
  /** Opens the vault once. `keyStore`: where a first key goes, and the weakest store to accept after that. */
  protected vault(keyStore: KeyStoreChoice = requiredKeyStore(process.env)): Vault {
    this.opened ??= openLocalVault({
      home: this.home,
      env: process.env,
      keyStore,
      passphrases: passphrasesFrom(process.env),
      warn: reportWarning,
    });
    return this.opened;
  }

  /** Returns the key store of the flag, else of the variable, else of the preferences. Throws CONFIG_INVALID. */
  protected keyStoreChoice(flag: string | undefined): Promise<KeyStoreChoice> {
    return chooseKeyStore(flag, process.env, async () => (await this.preferences()).keyStore);
  }
}
