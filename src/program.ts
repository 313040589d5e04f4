import {readFileSync} from 'node:fs';
import {join} from 'node:path';

/** The package's folder; the sources and what is built from them stand in folders of it. */
export const packageFolder = join(import.meta.dirname, '..');

interface PackageJson {
  name: string;
  version: string;
  engines: {node: string};
  oclif: {
    bin: string;
    additionalHelpFlags: string[];
    additionalVersionFlags: string[];
    topics: Record<string, {description: string}>;
  };
}

export const packageJson: PackageJson = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8'));

/**
 * Variables by their names, such as `process.env`. The library's types use it in place of node's own, which
 * a user of the library may not have installed.
 */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The command's name. `oclif.bin` in package.json is the one place that decides it. */
export const bin = packageJson.oclif.bin;

/** The name of one of our environment variables, as oclif scopes it: `HOME` → `TOOL_HOME`. */
export function toolVariable(name: string): string {
  return `${bin.replaceAll('@', '').replaceAll(/[/-]/g, '_')}_${name}`.toUpperCase();
}
