import {BaseCommand} from '../../../cli/base-command.js';
import {plural} from '../../../plural.js';
import {verifyVault} from '../../../vault/verify.js';

export default class Verify extends BaseCommand<typeof Verify> {
  static override summary = 'Check that every stored credential opens and that all files are private';
  static override description =
    'Opens every record with its key, looks for unexpected files, and checks owners and modes. Changes nothing. The exit code is that of the worst problem; an unexpected file outside the records is only a warning.';
  static override examples = [
    {description: 'Check the vault', command: '<%= config.bin %> <%= command.id %>'},
  ];

  async run(): Promise<object> {
    const {opened, problems} = await verifyVault(this.vault(), this.home);
    for (const {path, error} of problems) {
      this.writeLine(path);
      this.say(`  ${error.message}`);
      for (const suggestion of error.suggestions) this.say(`    ${suggestion}`);
    }
    this.writeLine(`${plural(opened, 'credential')} opened, ${plural(problems.length, 'problem')}.`);
    const errors = problems.filter(({level}) => level === 'error');
    process.exitCode = Math.max(0, ...errors.map(({error}) => error.exitCode));
    return {opened, problems};
  }
}
