import {chmod, mkdir, readdir, readFile, stat, symlink, writeFile} from 'node:fs/promises';
import {expect} from 'chai';
import type {Home} from '../../../src/config/home.js';
import {clearDefault, moveDefault, readPreferences, setDefault} from '../../../src/config/preferences.js';
import {failure} from '../../support/outcome.js';
import {withHome} from '../../support/temporary-home.js';

const write = (home: Home, content: unknown) =>
  writeFile(home.configFile, typeof content === 'string' ? content : JSON.stringify(content), {mode: 0o600});

describe('preferences', () => {
  it(
    'have defaults, and reading makes no file',
    withHome(async home => {
      const {refreshWindowDays, ...rest} = await readPreferences(home);
      expect(rest).to.deep.equal({default: {}, keyStore: 'auto'});
      expect(refreshWindowDays).to.be.within(30, 35);
      expect(await readdir(home.folder)).to.deep.equal([]);
    }),
  );

  it(
    'are read where there is no home, and none is made',
    withHome(async ({folder, ...home}) => {
      const inside = {...home, folder: `${folder}/new`, configFile: `${folder}/new/config.json`};
      expect((await readPreferences(inside)).default).to.deep.equal({});
      expect(await readdir(folder)).to.deep.equal([]);
    }),
  );

  it(
    'are left as they are by reading, down to the last byte',
    withHome(async home => {
      await write(home, '{ "refreshWindowDays":7, "__proto__": {"a": 1}, "later": [1] }\n');
      const before = await stat(home.configFile, {bigint: true});
      expect((await readPreferences(home)).refreshWindowDays).to.equal(7);
      expect(await stat(home.configFile, {bigint: true})).to.include({
        ino: before.ino,
        mtimeNs: before.mtimeNs,
      });
      expect(await readdir(home.folder)).to.deep.equal(['config.json']);
    }),
  );

  it(
    'are read, and what is left out has its default',
    withHome(async home => {
      await write(home, {refreshWindowDays: 7, default: {threads: 'a'}});
      expect(await readPreferences(home)).to.deep.equal({
        refreshWindowDays: 7,
        default: {threads: 'a'},
        keyStore: 'auto',
      });
    }),
  );

  for (const content of [
    '{not json',
    [],
    'null',
    {refreshWindowDays: 0},
    {refreshWindowDays: 60},
    {refreshWindowDays: '7'},
    {keyStore: 'elsewhere'},
    {default: 'a'},
    {default: {threads: 7}},
    {default: {threads: '../../other/x'}},
    {default: {threads: ''}},
  ])
    it(
      `are CONFIG_INVALID, and left as they are, when they are ${JSON.stringify(content)}`,
      withHome(async home => {
        await write(home, content);
        const before = await readFile(home.configFile, 'utf8');
        const outcome = await failure(readPreferences(home));
        expect(outcome).to.include({code: 'CONFIG_INVALID', exitCode: 2});
        expect(outcome.message).to.include(home.configFile);
        expect((await failure(setDefault(home, 'threads', 'a'))).code).to.equal('CONFIG_INVALID');
        expect(await readFile(home.configFile, 'utf8')).to.equal(before);
      }),
    );

  it(
    'are not used when others can open them, or when they are a link',
    withHome(async home => {
      await write(home, {});
      await chmod(home.configFile, 0o644);
      expect((await failure(readPreferences(home))).code).to.equal('FILE_UNSAFE');
    }),
  );

  it(
    'are not used when they are a link',
    withHome(async home => {
      await writeFile(`${home.folder}/target`, '{}', {mode: 0o600});
      await symlink('target', home.configFile);
      expect((await failure(readPreferences(home))).code).to.equal('FILE_UNSAFE');
    }),
  );
});

describe('preferences: the default credential', () => {
  it(
    'is set for one platform, for us alone, and the rest is kept',
    withHome(async home => {
      await write(home, {refreshWindowDays: 7, default: {facebook: 'x'}, later: {unknown: [1]}});
      await setDefault(home, 'threads', 'my.account');
      expect(JSON.parse(await readFile(home.configFile, 'utf8'))).to.deep.equal({
        refreshWindowDays: 7,
        later: {unknown: [1]},
        default: {facebook: 'x', threads: 'my.account'},
      });
      expect((await stat(home.configFile)).mode & 0o777).to.equal(0o600);
    }),
  );

  it(
    'can be the first thing that is ever stored',
    withHome(async ({folder, ...home}) => {
      const inside = {...home, folder: `${folder}/new`, configFile: `${folder}/new/config.json`};
      await setDefault(inside, 'threads', 'a');
      expect((await readPreferences(inside)).default).to.deep.equal({threads: 'a'});
      expect((await stat(inside.folder)).mode & 0o777).to.equal(0o700);
      expect((await stat(inside.configFile)).mode & 0o777).to.equal(0o600);
    }),
  );

  it(
    'follows the credential to another name, and no other does',
    withHome(async home => {
      await moveDefault(home, 'threads', {from: 'a', to: 'b'});
      expect(await readdir(home.folder)).to.deep.equal([]);
      await setDefault(home, 'threads', 'a');
      await moveDefault(home, 'threads', {from: 'c', to: 'd'});
      expect((await readPreferences(home)).default).to.deep.equal({threads: 'a'});
      await moveDefault(home, 'threads', {from: 'a', to: 'b'});
      expect((await readPreferences(home)).default).to.deep.equal({threads: 'b'});
    }),
  );

  it(
    'is forgotten with the credential that it names, and only then',
    withHome(async home => {
      await setDefault(home, 'threads', 'a');
      await clearDefault(home, 'threads', 'b');
      await clearDefault(home, 'facebook', 'a');
      expect((await readPreferences(home)).default).to.deep.equal({threads: 'a'});
      await clearDefault(home, 'threads', 'a');
      expect((await readPreferences(home)).default).to.deep.equal({});
    }),
  );

  it(
    'is not looked for where there is no file',
    withHome(async home => {
      await clearDefault(home, 'threads', 'a');
      expect(await readdir(home.folder)).to.deep.equal([]);
    }),
  );

  it(
    'is not set in a home that others can open',
    withHome(async home => {
      await chmod(home.folder, 0o755);
      expect((await failure(setDefault(home, 'threads', 'a'))).code).to.equal('FILE_UNSAFE');
      await chmod(home.folder, 0o700);
      await mkdir(home.configFile, {mode: 0o700});
      expect((await failure(setDefault(home, 'threads', 'a'))).code).to.equal('STORAGE_FAILED');
    }),
  );
});
