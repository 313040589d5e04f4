import {execFile} from 'node:child_process';
import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {ROOT} from './world.js';

/** Installs Node.js of this major version once with npm. Returns undefined if npm has none for this system or no network. */
export async function nodeOfMajor(major: number): Promise<string | undefined> {
  if (process.versions.node.startsWith(`${major}.`)) return process.execPath;
  const system = process.platform === 'win32' ? 'win' : process.platform;
  const name = `node-${system}-${process.arch}`;
  const folder = join(ROOT, 'node_modules/.cache/nodes', String(major));
  const node = join(folder, 'node_modules', name, 'bin/node');
  if (!existsSync(node)) {
    const install = [
      'install',
      '--no-save',
      '--no-audit',
      '--no-fund',
      '--prefix',
      folder,
      `${name}@${major}`,
    ];
    await promisify(execFile)('npm', install).catch(() => {});
  }
  return existsSync(node) ? node : undefined;
}
