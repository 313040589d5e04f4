import {execFileSync} from 'node:child_process';
import {isShort} from './measure.js';

const VERSIONS = ['20', '22', '24', '26'];

export interface Runtime {
  /** Without the `v`. */
  version: string;
  path: string;
}

/** Returns this Node and the latest of the other lines that the npm package `node` has. Leaves out what it cannot get. */
export function runtimes(): Runtime[] {
  const own = {version: process.versions.node, path: process.execPath};
  if (isShort) return [own];
  const others = VERSIONS.filter(line => !own.version.startsWith(`${line}.`)).flatMap(line => {
    try {
      const asked = ['-y', `node@${line}`, '-p', 'JSON.stringify([process.versions.node, process.execPath])'];
      const [version, path] = JSON.parse(
        execFileSync('npx', asked, {encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore']}),
      );
      return [{version, path}];
    } catch {
      process.stderr.write(`Node ${line} is not available here; its figures are left out.\n`);
      return [];
    }
  });
  return [own, ...others];
}
