import * as Flags from '@oclif/core/flags';
import {BaseCommand} from '../../../cli/base-command.js';
import {confirm, isInteractive} from '../../../cli/input/prompt.js';
import {isWeaker, KEY_STORES, type KeyStoreName} from '../../../config/key-stores.js';
import {plural} from '../../../plural.js';

export default class RotateKey extends BaseCommand<typeof RotateKey> {
  static override summary = 'Replace the encryption key, or move it to another key store';
  static override description =
    'Proves the new key first, encrypts every record again and reads it back, and removes the old key last. If it is interrupted, everything still opens, and running it again continues. Backups of the records need the old key, so make new ones. To change a passphrase, set TOOL_VAULT_NEW_PASSPHRASE beside TOOL_VAULT_PASSPHRASE. Moving the key to a weaker store (keychain, passphrase, file, in this order) warns and, on a terminal, asks for confirmation.';
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
    yes: Flags.boolean({char: 'y', summary: 'Do not ask for confirmation.'}),
  };

  async run(): Promise<object> {
    const to = this.flags.to as KeyStoreName | undefined;
    // A store that is named here takes precedence over TOOL_KEY_STORE.
    const vault = this.vault(to && 'auto');
    const current = await vault.describeKey();
    if (to && current && isWeaker(to, current.store)) {
      this.warning(`${to} is a weaker key store than ${current.store}. ${PROTECTION[to]}`);
      const isConfirmed =
        this.flags.yes || !isInteractive(process.env) || (await confirm(`Move the key to ${to}?`));
      if (!isConfirmed) {
        this.say('Nothing was changed.');
        return {key: current, records: 0, resumed: false, complete: false, failures: []};
      }
    }
    const {key, records, resumed, failures} = await vault.rotateKey(to);
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

const PROTECTION: Record<KeyStoreName, string> = {
  keychain: 'The system protects the key.',
  passphrase: 'The passphrase protects the key as well as it is hard to guess.',
  file: 'The key is next to the records: that protects a copied tokens folder and nothing more.',
};
