import * as Flags from '@oclif/core/flags';
import {BaseCommand} from '../../../cli/base-command.js';
import {KEY_STORES, type KeyStoreName} from '../../../config/key-stores.js';
import {plural} from '../../../plural.js';

export default class RotateKey extends BaseCommand<typeof RotateKey> {
  static override summary = 'Replace the encryption key, or move it to another key store';
  static override description =
    'Proves the new key first, encrypts every record again and reads it back, and removes the old key last. If it is interrupted, everything still opens, and running it again continues. Backups of the records need the old key, so make new ones. To change a passphrase, set TOOL_VAULT_NEW_PASSPHRASE beside TOOL_VAULT_PASSPHRASE.';
  static override examples = [
    {description: 'Make a new key in the same place', command: '<%= config.bin %> <%= command.id %>'},
    {
      description: 'Move it from the key file to the keychain',
      command: '<%= config.bin %> <%= command.id %> --to keychain',
    },
    {
      description: 'Protect it with a passphrase, on a server',
      command: '<%= config.bin %> <%= command.id %> --to passphrase',
    },
  ];
  static override flags = {
    to: Flags.string({
      summary: 'Where to keep the new key. Default: where the old one is.',
      options: [...KEY_STORES],
    }),
  };

  async run(): Promise<object> {
    const {key, records, resumed, failures} = await this.vault().rotateKey(
      this.flags.to as KeyStoreName | undefined,
    );
    if (resumed) this.say('Continuing an interrupted rotation.');
    this.failures(failures);
    if (failures.length === 0) {
      this.writeLine(
        `Replaced the key: ${plural(records, 'credential')} encrypted again, key store ${key.store}.`,
      );
    } else {
      this.warning(
        'The old key is kept until these records are restored or removed; then run this command again.',
      );
      process.exitCode = Math.max(...failures.map(({error}) => error.exitCode));
    }
    return {key, records, resumed, complete: failures.length === 0, failures};
  }
}
