// oclif lists the commands as the disk does, which is another order on another machine.
import {readFileSync, writeFileSync} from 'node:fs';

const manifest = JSON.parse(readFileSync('oclif.manifest.json', 'utf8'));
manifest.commands = Object.fromEntries(Object.entries(manifest.commands).sort());
writeFileSync('oclif.manifest.json', `${JSON.stringify(manifest, null, 2)}\n`);
