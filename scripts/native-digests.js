// Makes native-digests.json: the SHA-256 of every binary that the two native packages ship, for all systems. src/native.ts
// loads no other binary. The file is committed, so that a review and CI see when a binary changes.
import {createHash} from 'node:crypto';
import {readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';

const root = join(import.meta.dirname, '..');
const files = ['fs-native-extensions', 'keytar'].flatMap(name =>
  readdirSync(join(root, 'node_modules', name, 'prebuilds'), {recursive: true})
    .filter(file => file.endsWith('.node'))
    .map(file => `${name}/prebuilds/${file.replaceAll('\\', '/')}`)
    .sort(),
);
const digest = file =>
  createHash('sha256')
    .update(readFileSync(join(root, 'node_modules', file)))
    .digest('hex');
const digests = Object.fromEntries(files.map(file => [file, digest(file)]));
writeFileSync(join(root, 'native-digests.json'), `${JSON.stringify(digests, null, 2)}\n`);
