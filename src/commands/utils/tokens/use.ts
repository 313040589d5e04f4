import * as Flags from '@oclif/core/flags';
import {BaseCommand} from '../../../cli/base-command.js';
import {checkStored, findStored, nameFlag, platformFlag} from '../../../cli/stored-credential.js';
import {setDefault} from '../../../config/preferences.js';

export default class Use extends BaseCommand<typeof Use> {
  static override summary = 'Choose the credential that commands use unless told otherwise.';
  static override description =
    'With several accounts stored, a command without --identifier uses this one. THREADS_* variables that hold a token go before it.';
  static override examples = [
    {
      description: 'From now on, this one',
      command: '<%= config.bin %> <%= command.id %> --platform threads --identifier my.account',
    },
  ];
  static override flags = {platform: platformFlag, identifier: Flags.string({...nameFlag, required: true})};

  async run(): Promise<object> {
    const {platform, identifier} = this.flags;
    const ref = await findStored(this.vault(), platform, identifier, () => this.preferences());
    await checkStored(this.vault(), ref);
    await setDefault(this.home, ref.platform, ref.identifier);
    this.write(`Commands for ${ref.platform} now use ${ref.identifier}.\n`);
    return ref;
  }
}
