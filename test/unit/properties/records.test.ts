import {expect} from 'chai';
import fc from 'fast-check';
import type {Credential} from '../../../src/credential.js';
import {newKey} from '../../../src/vault/keys/key.js';
import {openRecord, readHeader, sealRecord} from '../../../src/vault/records/record.js';
import {aCredential, recordName} from '../../support/credential.js';
import {awkwardText} from './awkward-text.js';
import {jsonText} from './hostile-json.js';
import {errorOf, properties} from './properties.js';

const KEY = newKey();
const REF = recordName('my.account');
const FIELDS = [
  'alg',
  'enc',
  'kid',
  'typ',
  'cty',
  'v',
  'platform',
  'identifier',
  'user_id',
  'username',
  'scopes',
  'issued_at',
  'expires_at',
  'refreshed_at',
];

const segment = fc.uint8Array({maxLength: 40}).map(bytes => Buffer.from(bytes).toString('base64url'));
const text = fc.option(awkwardText, {nil: null});

/** Expects that the record does not open: exit code 6, and a short error without control characters. */
async function expectRefused(bytes: Uint8Array): Promise<void> {
  const headerError = await errorOf(() => {
    // What `list` would show.
    const {scopes, ...texts} = readHeader(bytes, REF);
    for (const each of [...Object.values(texts), ...(scopes ?? [])]) {
      expect(each === null || typeof each === 'string').to.equal(true);
    }
  });
  if (headerError) expect(headerError.exitCode).to.equal(6);
  const recordError = await errorOf(() => openRecord(bytes, REF, KEY));
  expect(recordError?.exitCode).to.equal(6);
  const shown = [recordError!.message, ...recordError!.suggestions].join('');
  expect(shown.length).to.be.below(600);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these must not occur
  expect(shown).not.to.match(/[\u0000-\u001f]/);
}

const time = fc.option(
  fc
    .date({noInvalidDate: true, min: new Date(0), max: new Date('9999-12-31')})
    .map(date => date.toISOString()),
  {nil: null},
);

describe('properties of records', () => {
  const {holds} = properties('records');
  let records: [Buffer, Buffer];
  before(async () => {
    const seal = async (more: Partial<Credential>) => Buffer.from(await sealRecord(aCredential(more), KEY));
    records = [await seal({}), await seal({refresh_token: 'THAAfake-another-token', scopes: null})];
  });

  it(
    'a record restores any credential exactly',
    holds(
      fc.record({
        app_id: text,
        app_secret: text,
        refresh_token: awkwardText,
        user_id: text,
        username: text,
        scopes: fc.option(fc.array(awkwardText), {nil: null}),
        issued_at: time,
        expires_at: time,
        data_access_expires_at: text,
        refreshed_at: time,
        redirect_uri: text,
        api_url: awkwardText,
      }),
      async fields => {
        const credential = aCredential(fields);
        expect(await openRecord(Buffer.from(await sealRecord(credential, KEY)), REF, KEY)).to.deep.equal(
          credential,
        );
      },
    ),
  );

  it(
    'arbitrary bytes are an invalid record',
    holds(
      fc.oneof(
        fc.uint8Array({maxLength: 300}),
        awkwardText.map(text => Buffer.from(text)),
        fc.array(segment, {maxLength: 7}).map(parts => Buffer.from(parts.join('.'))),
      ),
      expectRefused,
      {runs: 3000},
    ),
  );

  it(
    'a record with a forged header never opens, whatever it says',
    holds(
      fc.record({
        name: fc.constantFrom(...FIELDS, 'zip', 'crit', 'p2c', '__proto__', 'constructor', 'toString'),
        value: fc.oneof(
          jsonText,
          awkwardText.map(text => JSON.stringify(text)),
          fc.constantFrom('dir', 'A256GCM', 'threads', 'my.account', KEY.id).map(text => `"${text}"`),
        ),
        isRest: fc.boolean(),
        rest: fc.array(segment, {minLength: 4, maxLength: 4}),
      }),
      async ({name, value, isRest, rest}) => {
        const [header, ...real] = records[0].toString().split('.');
        const original: Record<string, unknown> = JSON.parse(Buffer.from(header!, 'base64url').toString());
        if (JSON.stringify(original[name]) === value) return;
        const others = Object.entries(original).filter(([each]) => each !== name);
        const members = [
          ...others.map(([each, current]) => `"${each}":${JSON.stringify(current)}`),
          `"${name}":${value}`,
        ];
        const forged = Buffer.from(`{${members.join()}}`).toString('base64url');
        await expectRefused(Buffer.from([forged, ...(isRest ? rest : real)].join('.')));
      },
      {runs: 3000},
    ),
  );

  it(
    'a header of arbitrary JSON is an invalid record',
    holds(jsonText, text => {
      const header = Buffer.from(text).toString('base64url');
      return expectRefused(Buffer.from(`${header}..AAAAAAAAAAAAAAAA.AAAA.AAAAAAAAAAAAAAAAAAAAAA`));
    }),
  );

  it(
    'a record never opens after anything in it is changed, moved, removed or duplicated',
    holds(
      fc.array(
        fc.record({
          what: fc.constantFrom('replace', 'insert', 'remove', 'double', 'swap'),
          at: fc.nat({max: 2000}),
          length: fc.integer({min: 1, max: 30}),
          bytes: fc.oneof(
            fc.uint8Array({minLength: 1, maxLength: 8}),
            fc.stringMatching(/^[A-Za-z0-9_.-]{1,8}$/).map(text => Buffer.from(text)),
          ),
        }),
        {minLength: 1, maxLength: 4},
      ),
      async edits => {
        let record = records[0];
        for (const {what, at, length, bytes} of edits) {
          const place = at % record.length;
          const [before, after] = [record.subarray(0, place), record.subarray(place)];
          const piece = after.subarray(0, length);
          const rest = after.subarray(length);
          record = Buffer.concat(
            {
              replace: [before, bytes, after.subarray(bytes.length)],
              insert: [before, bytes, after],
              remove: [before, rest],
              double: [before, piece, piece, rest],
              swap: [before, rest.subarray(0, length), piece, rest.subarray(length)],
            }[what],
          );
        }
        if (!record.equals(records[0])) await expectRefused(record);
      },
      {runs: 5000},
    ),
  );

  it(
    'another encoding of the same bytes never opens',
    holds(
      fc.record({
        index: fc.nat({max: 4}),
        ending: fc.oneof(
          fc.stringMatching(/^[A-Za-z0-9_-]$/),
          fc.constantFrom('=', '==', '+', '/', '\n', ' ', '\0'),
        ),
        kept: fc.constantFrom(0, -1),
      }),
      async ({index, ending, kept}) => {
        const segments = records[0].toString().split('.');
        const segment = segments[index]!;
        const reencoded = segments.with(index, segment.slice(0, segment.length + kept) + ending).join('.');
        if (reencoded !== records[0].toString()) await expectRefused(Buffer.from(reencoded));
      },
    ),
  );

  it(
    'a record combined from pieces of two records with the same key never opens',
    holds(
      fc.tuple(fc.array(fc.boolean(), {minLength: 5, maxLength: 5}), fc.nat(), fc.nat()),
      async ([choice, at, to]) => {
        const [one, other] = records.map(record => record.toString().split('.'));
        const mixed = choice.map((isOne, index) => (isOne ? one! : other!)[index]).join('.');
        const cut =
          records[0].toString().slice(0, at % records[0].length) +
          records[1].toString().slice(to % records[1].length);
        for (const text of [mixed, cut]) {
          if (records.some(record => record.toString() === text)) continue;
          await expectRefused(Buffer.from(text));
        }
      },
    ),
  );
});
