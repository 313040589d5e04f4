import {BaseCommand} from '../cli/base-command.js';
import {passphrasesFrom} from '../cli/input/passphrase.js';
import {stripControlCharacters} from '../cli/output/table.js';
import {colored, wrapText} from '../cli/output/terminal.js';
import type {Finding} from '../doctor/doctor.js';
import {diagnose} from '../doctor/doctor.js';
import {defaultPlatform} from '../platforms/index.js';
import {openLocalVault} from '../vault/open.js';

const MARKS = {ok: '✓ ok', note: '· note', warning: '! warning', error: '✗ error'};
const COLOURS = {ok: 'green', note: 'dim', warning: 'yellow', error: 'red'} as const;
const [LEVEL_WIDTH, NAME_WIDTH] = [11, 13];

export default class Doctor extends BaseCommand<typeof Doctor> {
  static override summary = 'Find out why something does not work.';
  static override description =
    'Looks at the program, its variables and settings, the home, the key, the records, the service’s clock and what a login needs; last, which credential a command would use now. Changes nothing, asks for nothing, shows no secret. The exit code is the highest of the errors found; warnings and notes leave it 0.';
  static override examples = [
    {description: 'What is wrong?', command: '<%= config.bin %> <%= command.id %>'},
    {
      description: 'Only what is wrong, for a script',
      command: '<%= config.bin %> <%= command.id %> --json | jq \'.findings[] | select(.level == "error")\'',
    },
  ];

  async run(): Promise<object> {
    // Whoever looks for what is broken is not asked for a passphrase on the way.
    const passphrases = passphrasesFrom({...process.env, CI: 'true'});
    const keyStore = () => this.keyStoreChoice(undefined);
    const diagnosis = await diagnose({
      home: this.home,
      env: process.env,
      platform: defaultPlatform,
      vault: openLocalVault({
        home: this.home,
        env: process.env,
        keyStore: 'auto',
        keychainTimeout: 1,
        lockTimeout: 1,
        passphrases,
        warn: () => {},
      }),
      passphrases,
      keyStore,
      settings: [() => this.vault()],
    });
    for (const [index, finding] of diagnosis.findings.entries()) {
      const isFirst = finding.check !== diagnosis.findings[index - 1]?.check;
      this.write(formatFinding(finding, isFirst));
    }
    this.write(`\n${diagnosis.verdict}\n`);
    process.exitCode = diagnosis.exit_code;
    return diagnosis;
  }
}

/** Mark, level, what was looked at, what was found; what to do stands below. */
function formatFinding({check, level, message, suggestions}: Finding, isFirst: boolean): string {
  const indent = ' '.repeat(LEVEL_WIDTH + NAME_WIDTH);
  const width = (process.stdout.isTTY && process.stdout.columns) || Infinity;
  const text = [message, ...suggestions.map(each => `  ${each}`)]
    .map(line => wrapText(indent + stripControlCharacters(line), width))
    .join('\n');
  const mark = colored(COLOURS[level], MARKS[level].padEnd(LEVEL_WIDTH));
  return `${mark}${colored('bold', (isFirst ? check : '').padEnd(NAME_WIDTH))}${text.slice(indent.length)}\n`;
}
