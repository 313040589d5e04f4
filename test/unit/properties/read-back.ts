import {expect} from 'chai';
import type fc from 'fast-check';
import {FORMATS, type Format} from '../../../src/cli/output/formats.js';
import type {Credential} from '../../../src/credential.js';
import {errorOf, type properties} from './properties.js';

/** Returns a mocha test: any credential that the format writes is read back as expected; others are refused. */
export function readBack(
  {holds, note}: ReturnType<typeof properties>,
  credentials: fc.Arbitrary<Credential>,
  format: Format,
  reader: string,
  read: (text: string) => unknown,
  expected: (credential: Credential) => unknown,
) {
  return async () => {
    let written = 0;
    await holds(
      credentials,
      async credential => {
        let text = '';
        const error = await errorOf(() => {
          text = FORMATS[format](credential);
        });
        if (error) return void expect(error.code).to.equal('USAGE');
        written++;
        expect(read(text)).to.deep.equal(expected(credential));
      },
      {runs: 10_000},
    )();
    expect(written).to.be.greaterThan(1000);
    note(`${written.toLocaleString('en')} could be written for ${reader}`);
  };
}
