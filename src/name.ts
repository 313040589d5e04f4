import {createRequire} from 'node:module';

const {oclif} = createRequire(import.meta.url)('../package.json') as {oclif: {bin: string}};

/** The command's name. `oclif.bin` in package.json is the one place that decides it. */
export const bin = oclif.bin;

/** The name of one of our environment variables, as oclif scopes it: `HOME` → `TOOL_HOME`. */
export function variable(name: string): string {
  return `${bin.replaceAll('@', '').replaceAll(/[/-]/g, '_')}_${name}`.toUpperCase();
}
