import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {findHome, type Home} from '../../src/config/home.js';
import {setDefault} from '../../src/config/preferences.js';
import {sealRecord} from '../../src/vault/records/record.js';
import {aCredential} from '../../test/support/credential.js';
import {openTestVault, TOOL} from '../../test/support/world.js';
import type {Side} from './measure.js';

const TWO_MONTHS = 60 * 24 * 60 * 60 * 1000;

/** A home with any number of credentials and the key in a file. The first one is `account-0`, which is the default. */
export class StoredWorld {
  readonly folder = mkdtempSync(join(tmpdir(), 'agora-vault-bench-'));
  readonly home: Home = findHome({TOOL_HOME: join(this.folder, 'home')});

  static async create(credentials: number): Promise<StoredWorld> {
    const world = new StoredWorld();
    const credential = (n: number) =>
      aCredential({
        identifier: `account-${n}`,
        username: `account-${n}`,
        expires_at: new Date(Date.now() + TWO_MONTHS).toISOString(),
      });
    await openTestVault(world.home).update(credential(0), async () => credential(0));
    await setDefault(world.home, 'threads', 'account-0');
    const {kid: id, k} = JSON.parse(readFileSync(world.home.keyFile, 'utf8')).keys[0];
    const key = {id, bytes: Buffer.from(k, 'base64url')};
    for (let n = 1; n < credentials; n++) {
      const path = join(world.home.tokens, `threads-account-${n}.token`);
      writeFileSync(path, await sealRecord(credential(n), key), {mode: 0o600});
    }
    return world;
  }

  get env(): NodeJS.ProcessEnv {
    return {PATH: process.env.PATH, HOME: this.folder, TOOL_HOME: this.home.folder};
  }

  /** The command as users run it. */
  tool(node: string, args: string, nodeArgs: string[] = []): Side {
    return {command: node, args: [...nodeArgs, TOOL, ...args.split(' ')], env: this.env};
  }

  destroy(): void {
    rmSync(this.folder, {recursive: true});
  }
}
