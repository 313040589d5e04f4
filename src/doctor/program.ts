import {VaultError} from '../errors.js';
import {bin, packageJson} from '../program.js';
import {ok, type Remark} from './finding.js';

const {version, engines} = packageJson;

/** This tool, and the Node and the system that it runs on. */
export async function* checkProgram(): AsyncGenerator<Remark> {
  checkNode(process.versions.node);
  yield ok(`${bin} ${version} on Node ${process.versions.node}, ${process.platform} ${process.arch}.`);
}

/** Throws USAGE where the version is below what package.json asks for. */
export function checkNode(running: string): void {
  const needed = engines.node.replace('>=', '');
  if (running.localeCompare(needed, 'en', {numeric: true}) >= 0) return;
  throw new VaultError('USAGE', `Node ${running} is too old: ${bin} ${version} needs ${needed} or newer.`, [
    'Install a newer Node: https://nodejs.org',
  ]);
}
