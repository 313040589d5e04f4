// oclif writes the commands in the order in which their files were found, which changes from run to run;
// what is committed and compared has one order.
import {readFileSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';

const path = join(dirname(fileURLToPath(import.meta.url)), '../oclif.manifest.json');
const {commands, ...rest} = JSON.parse(readFileSync(path, 'utf8'));
const sorted = Object.fromEntries(Object.entries(commands).sort(([one], [other]) => (one < other ? -1 : 1)));
writeFileSync(path, JSON.stringify({commands: sorted, ...rest}, null, 2));
