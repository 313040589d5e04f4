import {VaultError} from '../errors.js';
import {bin, packageJson} from '../program.js';
import {ok, type Remark} from './finding.js';

const {version, engines} = packageJson;

/** Names the versions of this program, Node and the system. */
export async function* checkProgram(): AsyncGenerator<Remark> {
  checkNode(process.versions.node);
  yield ok(`${bin} ${version} on Node ${process.versions.node}, ${process.platform} ${process.arch}.`);
}

/** Throws USAGE if the version is below the one in package.json. */
export function checkNode(running: string): void {
  const needed = engines.node.replace('>=', '');
  if (running.localeCompare(needed, 'en', {numeric: true}) >= 0) return;
  throw new VaultError('USAGE', `Node ${running} is too old: ${bin} ${version} needs ${needed} or newer.`, [
    'Install a newer Node: https://nodejs.org',
  ]);
}
