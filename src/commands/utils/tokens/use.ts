import * as Flags from '@oclif/core/flags';
import {BaseCommand} from '../../../cli/base-command.js';
import {platformFlag, storedNameFlag} from '../../../cli/flags.js';
import {checkStored, findStored} from '../../../cli/stored-credential.js';
import {setDefault} from '../../../config/preferences.js';
import {defaultPlatform} from '../../../platforms/index.js';

export default class Use extends BaseCommand<typeof Use> {
  static override summary = 'Set the default credential';
  static override description =
    'With several accounts stored, a command without --identifier uses this one. Variables that hold a token take precedence over it.';
  static override examples = [
    {
      description: 'Use this one from now on',
      command: `<%= config.bin %> <%= command.id %> --platform ${defaultPlatform.name} --identifier my.account`,
    },
  ];
  static override flags = {
    platform: platformFlag,
    identifier: Flags.string({...storedNameFlag, required: true}),
  };

  async run(): Promise<object> {
    const name = await findStored(this.vault(), this.flags, () => this.preferences());
    await checkStored(this.vault(), name);
    await setDefault(this.home, name.platform, name.identifier);
    this.writeLine(`Commands for ${name.platform} now use ${name.identifier}.`);
    return name;
  }
}
