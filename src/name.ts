import {createRequire} from 'node:module';

const {oclif} = createRequire(import.meta.url)('../package.json') as {oclif: {bin: string}};

/**
 * Variables by their names, such as `process.env`. The library's types use it in place of node's own, which
 * a user of the library may not have installed.
 */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The command's name. `oclif.bin` in package.json is the one place that decides it. */
export const bin = oclif.bin;

/** The name of one of our environment variables, as oclif scopes it: `HOME` → `TOOL_HOME`. */
export function variable(name: string): string {
  return `${bin.replaceAll('@', '').replaceAll(/[/-]/g, '_')}_${name}`.toUpperCase();
}
