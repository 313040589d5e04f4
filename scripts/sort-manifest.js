// Sorts the commands in oclif's manifest. oclif lists them in the order of the disk, which differs between machines.
import {readFileSync, writeFileSync} from 'node:fs';

const manifest = JSON.parse(readFileSync('oclif.manifest.json', 'utf8'));
manifest.commands = Object.fromEntries(Object.entries(manifest.commands).sort());
writeFileSync('oclif.manifest.json', `${JSON.stringify(manifest, null, 2)}\n`);
