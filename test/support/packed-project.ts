import {execFile} from 'node:child_process';
import {mkdir, mkdtemp, readFile, rm, symlink, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import type {Result} from './world.js';
import {ROOT} from './world.js';

/** A small project that installed the package as npm would publish it: nothing of the checkout is in its reach. */
export class PackedProject {
  private constructor(readonly folder: string) {}

  /** `parent`: the folder to put the project into. */
  static async create(parent = tmpdir()): Promise<PackedProject> {
    const folder = await mkdtemp(join(parent, 'agora-vault-project-'));
    const project = new PackedProject(folder);
    const npm = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder];
    const packed = await run('npm', npm, {cwd: ROOT, env: process.env});
    const {filename} = JSON.parse(packed.stdout)[0];
    await mkdir(project.installed(), {recursive: true});
    await run('tar', ['-xzf', join(folder, filename), '-C', project.installed(), '--strip-components=1'], {
      cwd: folder,
    });
    await project.write('package.json', JSON.stringify({type: 'module'}));
    return project;
  }

  /** What `npm install` would fetch, taken from the checkout: the dependencies that the package declares, and no other. */
  async linkDependencies(): Promise<void> {
    const {dependencies} = JSON.parse(await readFile(join(this.installed(), 'package.json'), 'utf8'));
    for (const name of Object.keys(dependencies)) {
      const link = join(this.folder, 'node_modules', name);
      await mkdir(dirname(link), {recursive: true});
      await symlink(join(ROOT, 'node_modules', name), link);
    }
  }

  /** Where the package lies. */
  installed(): string {
    return join(this.folder, 'node_modules/agora-vault');
  }

  async write(name: string, text: string): Promise<void> {
    await mkdir(dirname(join(this.folder, name)), {recursive: true});
    await writeFile(join(this.folder, name), text);
  }

  /** Runs a file of the project. */
  node(name: string, env: NodeJS.ProcessEnv): Promise<Result> {
    return run(process.execPath, [name], {cwd: this.folder, env});
  }

  /** Runs the installed command, with a home inside the project. */
  tool(args: string[], env: NodeJS.ProcessEnv = {}): Promise<Result> {
    return run(process.execPath, [join(this.installed(), 'bin/run.js'), ...args], {
      cwd: this.folder,
      env: {
        PATH: process.env.PATH,
        HOME: this.folder,
        TOOL_HOME: join(this.folder, 'home'),
        TOOL_KEY_STORE: 'file',
        ...env,
      },
    });
  }

  /** Compiles files of the project to JavaScript beside them; `types` as in a tsconfig.json. */
  async compile(files: string[], {types}: {types: string[]}): Promise<Result> {
    const compilerOptions = {
      target: 'es2022',
      module: 'nodenext',
      strict: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: false,
      types,
      typeRoots: [join(ROOT, 'node_modules/@types')],
    };
    await this.write('tsconfig.json', JSON.stringify({compilerOptions, files}));
    return run(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc')], {cwd: this.folder});
  }

  destroy(): Promise<void> {
    return rm(this.folder, {recursive: true});
  }
}

function run(
  command: string,
  args: string[],
  options: {cwd: string; env?: NodeJS.ProcessEnv},
): Promise<Result> {
  return new Promise(resolve => {
    const child = execFile(command, args, options, (_, stdout, stderr) =>
      resolve({code: child.exitCode, stdout, stderr}),
    );
  });
}
