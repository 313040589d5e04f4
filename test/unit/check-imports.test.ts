import {spawnSync} from 'node:child_process';
import {cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {expect} from 'chai';
import {ROOT} from '../support/world.js';

const check = (folder: string) => {
  const script = join(ROOT, 'scripts/check-imports.js');
  const {status, stderr} = spawnSync(process.execPath, [script, folder], {encoding: 'utf8'});
  return {status, stderr};
};

/** Each is a line that is added to a file, and what the checker says about it. */
const VIOLATIONS: [what: string, file: string, line: string, message: RegExp][] = [
  [
    'a type import upward',
    'vault/records/record.ts',
    "import type {FoundCredential} from '../../credentials/find.js';",
    /^vault\/records\/record\.ts: imports upward or sideways, credentials\/find\.ts$/m,
  ],
  [
    'a re-exported type from above',
    'config/home.ts',
    "export type {Vault} from '../vault/vault.js';",
    /^config\/home\.ts: imports upward or sideways, vault\/vault\.ts$/m,
  ],
  [
    'a dynamic import upward',
    'files/dotenv.ts',
    "export const later = () => import('../cli/flags.js');",
    /^files\/dotenv\.ts: imports upward or sideways, cli\/flags\.ts$/m,
  ],
  [
    'a computed import',
    'cli/flags.ts',
    "export const any = (name: string) => import('../commands/' + name);",
    /^cli\/flags\.ts: imports a computed path$/m,
  ],
  [
    'an import between rooms of one layer',
    'oauth/state.ts',
    "import type {Service} from '../platforms/platform.js';",
    /^oauth\/state\.ts: imports upward or sideways, platforms\/platform\.ts$/m,
  ],
  [
    'a cycle of type imports',
    'vault/keys/key.ts',
    "import type {Keys} from './keys.js';",
    /^cycle: .*vault\/keys\/key\.ts -> /m,
  ],
  [
    'a platform named in a lower layer',
    'credentials/find.ts',
    "export const fallback = 'threads';",
    /^credentials\/find\.ts: names threads;/m,
  ],
  [
    "a platform's variable named in a comment",
    'vault/vault.ts',
    '// Set THREADS_REFRESH_TOKEN.',
    /^vault\/vault\.ts: names THREADS;/m,
  ],
  [
    'a sandbox that shares code with what it stands in for',
    'platforms/threads/sandbox/content.ts',
    "import {checkContent} from '../api/content.js';",
    /^platforms\/threads\/sandbox\/content\.ts: the sandbox imports platforms\/threads\/api\/content\.ts$/m,
  ],
];

describe('check-imports', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'imports-'));
    cpSync(join(ROOT, 'src'), folder, {recursive: true});
  });
  afterEach(() => rmSync(folder, {recursive: true}));

  it('finds nothing in the sources', () => {
    expect(check(folder)).to.deep.equal({status: 0, stderr: ''});
  });

  for (const [what, file, line, message] of VIOLATIONS) {
    it(`finds ${what}`, () => {
      const path = join(folder, file);
      writeFileSync(path, `${readFileSync(path, 'utf8')}\n${line}\n`);
      const {status, stderr} = check(folder);
      expect(status).to.equal(1);
      expect(stderr).to.match(message);
    });
  }

  it('fails when there is nothing to check', () => {
    rmSync(folder, {recursive: true});
    cpSync(join(ROOT, 'docs'), folder, {recursive: true});
    expect(check(folder).status).to.equal(1);
  });
});
