import * as Flags from '@oclif/core/flags';
import {BaseCommand} from '../../../cli/base-command.js';
import {KEY_STORES, type KeyStoreName} from '../../../vault/keys/vault-file.js';

export default class RotateKey extends BaseCommand<typeof RotateKey> {
  static override summary = 'Replace the key that encrypts, or move it to another key store.';
  static override description =
    'The new key is proven first, every record is encrypted anew and read back, and the old key is removed last. Cut off at any point, everything still opens; run it again and it goes on. Backups of records made before need the old key: make new ones. To change a passphrase, set TOOL_VAULT_NEW_PASSPHRASE beside TOOL_VAULT_PASSPHRASE.';
  static override examples = [
    {description: 'A new key in the same place', command: '<%= config.bin %> <%= command.id %>'},
    {
      description: 'From the key file to the keychain',
      command: '<%= config.bin %> <%= command.id %> --to keychain',
    },
    {
      description: 'To a passphrase, on a server',
      command: '<%= config.bin %> <%= command.id %> --to passphrase',
    },
  ];
  static override flags = {
    to: Flags.string({
      summary: 'Where to keep the new key. By default where the old one is.',
      options: [...KEY_STORES],
    }),
  };

  async run(): Promise<object> {
    const {key, records, resumed, failures} = await this.vault().rotateKey(
      this.flags.to as KeyStoreName | undefined,
    );
    if (resumed) this.say('A rotation that had been cut off was taken up again.');
    this.failures(failures);
    if (failures.length === 0) {
      this.write(
        `The key was replaced: ${records} credential${records === 1 ? '' : 's'} encrypted anew, key store ${key.store}.\n`,
      );
    } else {
      this.warning('The old key is kept until these records are restored or removed. Then run this again.');
      process.exitCode = Math.max(...failures.map(({error}) => error.exitCode));
    }
    return {key, records, resumed, complete: failures.length === 0, failures};
  }
}
