import {stripVTControlCharacters} from 'node:util';
import {expect} from 'chai';
import {Progress} from '../../../../src/cli/output/progress.js';
import {printed} from './printed.js';

/** What it writes where stderr is, or is no, terminal of that many columns. */
function shown(columns: number | undefined, use: (progress: Progress) => void): string {
  const {isTTY, columns: width} = process.stderr;
  Object.assign(process.stderr, {
    isTTY: columns !== undefined,
    columns,
    cursorTo: () => process.stderr.write('\r'),
    clearLine: () => process.stderr.write('\u001b[2K'),
  });
  try {
    return printed(() => use(new Progress())).stderr;
  } finally {
    Object.assign(process.stderr, {isTTY, columns: width});
  }
}

describe('progress', () => {
  it('is a line for each change where nobody watches', () => {
    const text = shown(undefined, progress => {
      for (const each of ['one', 'one', 'two', 'two']) progress.show(each);
      progress.end();
    });
    expect(text).to.equal('one\ntwo\n');
  });

  it('is one line on a terminal, and gone at the end', () => {
    const text = shown(80, progress => {
      progress.show('one');
      progress.show('two');
      progress.end();
      progress.end();
    });
    expect(text).not.to.contain('\n');
    expect(text.split('\r').map(stripVTControlCharacters)).to.deep.equal(['', 'one 0 s', 'two 0 s', '']);
  });

  it('fits the terminal', () => {
    const text = shown(20, progress => {
      progress.show('Threads is processing the post');
      progress.end();
    });
    expect(text).to.contain('Threads is processi').and.not.contain('processin');
  });
});
