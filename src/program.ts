import {readFileSync} from 'node:fs';
import {join} from 'node:path';

/** The package's folder. The sources, dist/ and bundle/ are folders in it. */
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
    hooks?: object;
    plugins?: string[];
    devPlugins?: string[];
  };
}

export const packageJson: PackageJson = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8'));

/**
 * Variables by name, such as `process.env`. The library's types use it instead of NodeJS.ProcessEnv, because users of
 * the library may not have installed Node's types.
 */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The command's name, which is set only in package.json, as `oclif.bin`. */
export const bin = packageJson.oclif.bin;

/** Returns the name of one of our environment variables, as oclif scopes it: `HOME` → `TOOL_HOME`. */
export function toolVariable(name: string): string {
  return `${bin.replaceAll('@', '').replaceAll(/[/-]/g, '_')}_${name}`.toUpperCase();
}
