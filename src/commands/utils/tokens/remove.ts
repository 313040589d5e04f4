import * as Flags from '@oclif/core/flags';
import {BaseCommand} from '../../../cli/base-command.js';
import {confirm, isInteractive} from '../../../cli/input/prompt.js';
import {checkStored, findStored, nameFlag, platformFlag} from '../../../cli/stored-credential.js';
import {clearDefault} from '../../../config/preferences.js';
import {VaultError} from '../../../errors.js';
import {threads} from '../../../platforms/threads/threads.js';

export default class Remove extends BaseCommand<typeof Remove> {
  static override summary = 'Remove a stored credential from this machine.';
  static override description =
    `Only the copy here goes. On the side of Threads the token stays valid until its date; the account’s owner takes the access away at: ${threads.revokeAt}.`;
  static override examples = [
    {
      description: 'Remove one, without being asked',
      command: '<%= config.bin %> <%= command.id %> --platform threads --identifier my.account --yes',
    },
  ];
  static override flags = {
    platform: platformFlag,
    identifier: Flags.string({...nameFlag, required: true}),
    yes: Flags.boolean({char: 'y', summary: 'Do not ask.'}),
  };

  async run(): Promise<object> {
    const {flags} = this;
    const vault = this.vault();
    const ref = await findStored(vault, flags.platform, flags.identifier, () => this.preferences());
    await checkStored(vault, ref);
    if (!flags.yes) {
      if (!isInteractive(process.env)) {
        throw new VaultError('USAGE', 'Nobody is here to be asked, so nothing was removed.', ['Add --yes.']);
      }
      if (!(await confirm(`Remove ${ref.platform}/${ref.identifier}?`))) {
        this.say('Nothing was removed.');
        return {removed: false, ...ref};
      }
    }
    await vault.remove(ref);
    await clearDefault(this.home, ref.platform, ref.identifier);
    this.write(`Removed ${ref.platform}/${ref.identifier} from this machine.\n`);
    const revoke = `The token itself stays valid until its date. To end it now: ${threads.revokeAt}.`;
    this.say(revoke);
    return {removed: true, ...ref, note: revoke};
  }
}
