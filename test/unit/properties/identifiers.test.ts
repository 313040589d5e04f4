import {mkdir, mkdtemp, readdir, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {basename, dirname, join, resolve} from 'node:path';
import {expect} from 'chai';
import fc from 'fast-check';
import {parseIdentifier} from '../../../src/credential.js';
import {isTemporaryName} from '../../../src/files/durable-write.js';
import {FileStore} from '../../../src/vault/records/file-store.js';
import {recordName} from '../../support/credential.js';
import {awkwardText} from './awkward-text.js';
import {errorOf, properties} from './properties.js';

const store = new FileStore('/home/user/.tool/tokens');
const ALLOWED = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-';

const valid = fc
  .string({unit: fc.constantFrom(...ALLOWED), minLength: 1, maxLength: 64, size: 'max'})
  .filter(text => !text.startsWith('.'));
/** Texts that point outside the folder or to another file on some system. */
const unsafe = fc
  .array(
    fc.constantFrom(
      '..',
      '.',
      '/',
      '\\',
      '~',
      '%2e',
      '%2f',
      '%00',
      '\0',
      '\n',
      ' ',
      ':',
      'C:',
      '-',
      'a',
      '．',
      '／',
      'é',
      'ﬀ',
      '\u202e',
      'x'.repeat(30),
    ),
    {maxLength: 6},
  )
  .map(parts => parts.join(''));
const anyText = fc.oneof(
  valid,
  unsafe,
  awkwardText,
  valid.map(text => `${text}\n`),
  fc.constant('x'.repeat(65)),
);

describe('properties of identifiers', () => {
  const {holds} = properties('identifiers');

  it(
    'every accepted identifier is one file directly in the tokens folder, and all others are refused',
    holds(
      anyText,
      async text => {
        const isValid =
          [...text].every(character => ALLOWED.includes(character)) &&
          text.length >= 1 &&
          text.length <= 64 &&
          text[0] !== '.';
        const error = await errorOf(() => parseIdentifier(text));
        expect(error?.code).to.equal(isValid ? undefined : 'IDENTIFIER_INVALID');
        if (!isValid) return;
        expect(parseIdentifier(text)).to.equal(text);
        const path = store.placeOf(recordName(text));
        expect(path).to.equal(resolve(path));
        expect(dirname(path)).to.equal(store.folder);
        expect(basename(path)).to.equal(`threads-${text}.token`);
        expect(basename(path).length).to.be.below(100);
        expect(isTemporaryName(basename(path))).to.equal(false);
      },
      {runs: 10_000},
    ),
  );

  it(
    'different identifiers have different files',
    holds(fc.tuple(valid, valid), ([one, other]) => {
      const path = (identifier: string) => store.placeOf(recordName(identifier));
      expect(path(one) === path(other)).to.equal(one === other);
    }),
  );

  it(
    'a record is listed under the identifier that it was stored with',
    holds(
      fc.uniqueArray(valid, {minLength: 50, maxLength: 50, selector: text => text.toLowerCase()}),
      async names => {
        const folder = await mkdtemp(join(tmpdir(), 'identifiers-'));
        try {
          const real = new FileStore(join(folder, 'tokens'));
          await mkdir(real.folder, {mode: 0o700});
          for (const identifier of names) await writeFile(real.placeOf(recordName(identifier)), '');
          expect(await readdir(folder)).to.deep.equal(['tokens']);
          expect(await real.list()).to.have.deep.members(names.map(identifier => recordName(identifier)));
        } finally {
          await rm(folder, {recursive: true});
        }
      },
      {runs: 20, casesEach: 50},
    ),
  );
});
