// Stores one credential in a vault: `node store-one.mjs HOME`, with the credential on standard input.
// It prints `ready` and waits for its input, so that many processes can be started at the same moment.
import {once} from 'node:events';
import {createInterface} from 'node:readline';
import {findHome} from '../../dist/config/home.js';
import {openLocalVault} from '../../dist/vault/open.js';

const passphrases = {known: async () => [], forNewKey: async () => undefined};
const vault = openLocalVault({
  home: findHome({TOOL_HOME: process.argv[2]}),
  env: process.env,
  keyStore: process.env.TOOL_KEY_STORE,
  keychainTimeout: 30,
  passphrases,
  warn: () => {},
});
const input = createInterface({input: process.stdin});
process.stdout.write('ready\n');
const [line] = await once(input, 'line');
const credential = JSON.parse(line);
await vault.update(credential, async () => credential);
input.close();
