import {BaseCommand} from '../cli/base-command.js';
import {passphrasesFrom} from '../cli/input/passphrase.js';
import {sanitize} from '../cli/output/sanitize.js';
import {colored, wrapText} from '../cli/output/terminal.js';
import {diagnose, type Finding} from '../doctor/doctor.js';
import {defaultPlatform} from '../platforms/index.js';
import {openLocalVault} from '../vault/open.js';

const MARKS = {ok: '✓ ok', note: '· note', warning: '! warning', error: '✗ error'};
const COLORS = {ok: 'green', note: 'dim', warning: 'yellow', error: 'red'} as const;
const [LEVEL_WIDTH, NAME_WIDTH] = [11, 13];

export default class Doctor extends BaseCommand<typeof Doctor> {
  static override summary = 'Find out why something does not work';
  static override description =
    'Checks the program, its variables and settings, the home folder, the key, the records, the clock and what a login needs, and says which credential a command would use now. Changes nothing, asks for nothing and shows no secret. The exit code is the highest of the errors; warnings and notes do not count.';
  static override examples = [
    {description: 'Check everything', command: '<%= config.bin %> <%= command.id %>'},
    {
      description: 'Print only the errors, for a script',
      command: '<%= config.bin %> <%= command.id %> --json | jq \'.findings[] | select(.level == "error")\'',
    },
  ];

  async run(): Promise<object> {
    // With CI set, it does not ask for a passphrase.
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
    this.write('\n');
    this.writeLine(diagnosis.verdict);
    process.exitCode = diagnosis.exit_code;
    return diagnosis;
  }
}

/** Formats a finding as mark, level, check and message, with the suggestions below. */
function formatFinding({check, level, message, suggestions}: Finding, isFirst: boolean): string {
  const indent = ' '.repeat(LEVEL_WIDTH + NAME_WIDTH);
  const width = (process.stdout.isTTY && process.stdout.columns) || Infinity;
  const text = [message, ...suggestions.map(each => `  ${each}`)]
    .map(line => wrapText(indent + sanitize(line), width))
    .join('\n');
  const mark = colored(COLORS[level], MARKS[level].padEnd(LEVEL_WIDTH));
  return `${mark}${colored('bold', (isFirst ? check : '').padEnd(NAME_WIDTH))}${text.slice(indent.length)}\n`;
}
