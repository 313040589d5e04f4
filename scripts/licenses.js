import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';

/** Returns the folders of the packages that the input files of a bundle belong to. */
export function packageFolders(inputs) {
  const folders = inputs.flatMap(path => /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path) ?? []);
  return [...new Set(folders)].sort();
}

/** Collects the licenses of the packages that the input files of a bundle belong to. */
export function licenses(root, inputs) {
  const texts = packageFolders(inputs).map(folder => {
    const {name, version, license} = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
    const file = readdirSync(join(root, folder)).find(each => /^licen[cs]e/i.test(each));
    const text = file ? readFileSync(join(root, folder, file), 'utf8').trim() : license;
    return `${name} ${version}\n\n${text}\n`;
  });
  return texts.join(`\n${'-'.repeat(80)}\n\n`);
}
