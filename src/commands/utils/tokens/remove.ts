import * as Flags from '@oclif/core/flags';
import {BaseCommand} from '../../../cli/base-command.js';
import {platformFlag, storedNameFlag} from '../../../cli/flags.js';
import {confirm, isInteractive} from '../../../cli/input/prompt.js';
import {checkStored, findStored} from '../../../cli/stored-credential.js';
import {clearDefault} from '../../../config/preferences.js';
import {VaultError} from '../../../errors.js';
import {defaultPlatform, findPlatform} from '../../../platforms/index.js';

export default class Remove extends BaseCommand<typeof Remove> {
  static override summary = 'Remove a stored credential from this machine';
  static override description =
    `Removes only the copy here. The token stays valid at ${defaultPlatform.title} until it expires; the owner of the account can withdraw the access at: ${defaultPlatform.revokeAt}.`;
  static override examples = [
    {
      description: 'Remove one without confirmation',
      command: `<%= config.bin %> <%= command.id %> --platform ${defaultPlatform.name} --identifier my.account --yes`,
    },
  ];
  static override flags = {
    platform: platformFlag,
    identifier: Flags.string({...storedNameFlag, required: true}),
    yes: Flags.boolean({char: 'y', summary: 'Do not ask for confirmation.'}),
  };

  async run(): Promise<object> {
    const vault = this.vault();
    const name = await findStored(vault, this.flags, () => this.preferences());
    const {platform, identifier} = name;
    await checkStored(vault, name);
    if (!this.flags.yes) {
      if (!isInteractive(process.env))
        throw new VaultError('USAGE', 'Not removed: confirmation needs a terminal.', ['Add --yes.']);
      if (!(await confirm(`Remove ${platform}/${identifier}?`))) {
        this.say('Nothing was removed.');
        return {removed: false, ...name};
      }
    }
    await vault.remove(name);
    await clearDefault(this.home, platform, identifier);
    this.writeLine(`Removed ${platform}/${identifier} from this machine.`);
    const note = `The token itself stays valid until it expires. To end it now: ${revocationOf(platform)}.`;
    this.say(note);
    return {removed: true, ...name, note};
  }
}

/** A record may be of a platform that is no longer known. */
function revocationOf(platform: string): string {
  try {
    return findPlatform(platform).revokeAt;
  } catch {
    return 'withdraw the access in the settings of the account';
  }
}
