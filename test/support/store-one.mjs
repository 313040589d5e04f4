// A process that stores one credential in a vault: `node store-one.mjs HOME`, the credential on its stdin.
// It waits for a line first, so that many can be let go at once.
import {once} from 'node:events';
import {createInterface} from 'node:readline';
import {findHome} from '../../dist/config/home.js';
import {openLocalVault} from '../../dist/vault/open.js';

const nobody = {known: async () => [], forNewKey: async () => undefined};
const vault = openLocalVault({
  home: findHome({TOOL_HOME: process.argv[2]}),
  env: process.env,
  keyStore: process.env.TOOL_KEY_STORE,
  keychainTimeout: 30,
  passphrases: nobody,
  warn: () => {},
});
const input = createInterface({input: process.stdin});
process.stdout.write('ready\n');
const [line] = await once(input, 'line');
const credential = JSON.parse(line);
await vault.update(credential, async () => credential);
input.close();
