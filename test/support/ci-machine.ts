import {mkdir, readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {parseAsGodotenv} from '../unit/properties/godotenv.js';
import {TOOL, type World} from './world.js';

/**
 * A machine that runs the recipes: the built command is `tool`, and the commands that would talk to GitHub,
 * GitLab or npm are stand-ins, as strict as the real ones, that save their input. All record their arguments.
 */
export class CiMachine {
  private constructor(
    private readonly world: World,
    private readonly folder: string,
  ) {}

  static async create(world: World): Promise<CiMachine> {
    const machine = new CiMachine(world, join(world.folder, 'machine'));
    await mkdir(join(machine.folder, 'bin'), {recursive: true});
    await mkdir(join(machine.folder, 'gitlab'));
    const {version} = JSON.parse(await readFile(join(TOOL, '../../package.json'), 'utf8'));
    await machine.install('tool', `exec '${process.execPath}' '${TOOL}' "$@"`);
    await machine.install(
      'npm',
      `case "$*" in 'install -g --ignore-scripts --omit=optional agora-vault@${version}') ;; *) exit 64 ;; esac`,
    );
    await machine.install('gh', GH);
    await machine.install('glab', GLAB);
    return machine;
  }

  /** Adds a command that takes precedence over the system's. Its files go to `$DATA`. */
  async install(name: string, script: string): Promise<void> {
    const lines = [
      '#!/bin/sh',
      `DATA='${this.folder}'`,
      `printf '%s\\n' "${name} $*" >> "$DATA/arguments"`,
      script,
    ];
    await writeFile(join(this.folder, 'bin', name), `${lines.join('\n')}\n`, {mode: 0o755});
  }

  env(more: Record<string, string> = {}): NodeJS.ProcessEnv {
    const PATH = `${join(this.folder, 'bin')}:${process.env.PATH}`;
    const {TOOL_KEY_STORE, ...env} = this.world.env({PATH, ...more});
    return env;
  }

  /** The arguments of every command, one per line: what other users of the machine could see. */
  arguments(): Promise<string> {
    return readFile(join(this.folder, 'arguments'), 'utf8').catch(() => '');
  }

  /** The last input of `gh secret set`, parsed as gh does; undefined if there was none. */
  async githubSecrets(): Promise<Record<string, string> | undefined> {
    const text = await readFile(join(this.folder, 'github'), 'utf8').catch(() => undefined);
    return text === undefined ? undefined : parseAsGodotenv(text);
  }

  async setGitlabVariables(variables: Record<string, string>): Promise<void> {
    for (const [name, value] of Object.entries(variables))
      await writeFile(join(this.folder, 'gitlab', name), value);
  }

  gitlabVariable(name: string): Promise<string | undefined> {
    return readFile(join(this.folder, 'gitlab', name), 'utf8').catch(() => undefined);
  }
}

/** `gh secret`: fails on empty input, and on every call while its token is expired. */
const GH = `
[ "$GH_TOKEN" != expired ] || { echo 'HTTP 401: Bad credentials' >&2; exit 1; }
case "$*" in
  'secret list') ;;
  'secret set -f -')
    text=$(cat)
    [ -n "$text" ] || { echo 'no secrets to set' >&2; exit 1; }
    printf '%s\\n' "$text" > "$DATA/github" ;;
  *) exit 64 ;;
esac`;

/** `glab variable`: `update` requires an existing variable, `set` a new one. */
const GLAB = `
[ "$GITLAB_TOKEN" != expired ] || { echo '401 Unauthorized' >&2; exit 1; }
case "$1 $2" in
  'variable list') exit ;;
  'variable update') [ -e "$DATA/gitlab/$3" ] ;;
  'variable set') [ ! -e "$DATA/gitlab/$3" ] ;;
  *) exit 64 ;;
esac || exit 1
cat > "$DATA/gitlab/$3"`;
