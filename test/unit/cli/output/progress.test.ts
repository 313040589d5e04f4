import {stripVTControlCharacters} from 'node:util';
import {expect} from 'chai';
import {Progress, showProgress} from '../../../../src/cli/output/progress.js';
import {say} from '../../../../src/cli/output/terminal.js';
import {printed} from './printed.js';

/** Captures what is written to a terminal of that many columns; undefined: stderr is no terminal. */
function shown(columns: number | undefined, use: (progress: Progress) => void): string {
  const {CI} = process.env;
  delete process.env.CI;
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
    if (CI !== undefined) process.env.CI = CI;
  }
}

describe('progress', () => {
  it('is a line for each change without a terminal', () => {
    const text = shown(undefined, progress => {
      for (const each of ['one', 'one', 'two', 'two']) progress.show(each);
      progress.end();
    });
    expect(text).to.equal('one\ntwo\n');
  });

  it('is one line on a terminal, removed at the end', () => {
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

  it('makes room for a message', () => {
    const text = shown(80, progress => {
      progress.show('one');
      say('Done.');
      progress.end();
    });
    expect(text.split('\r').map(stripVTControlCharacters)).to.deep.equal(['', 'one 0 s', 'Done.\n']);
  });
});

describe('progress bar', () => {
  it('grows on one line, and is removed when all is done or something is said', () => {
    const text = shown(80, () => {
      showProgress(1, 3);
      showProgress(2, 3);
      say('Hello.');
      showProgress(2, 3);
      showProgress(3, 3);
    });
    const bar = (done: number) => `[${'#'.repeat(done * 10)}${' '.repeat(30 - done * 10)}] ${done} of 3`;
    expect(text.split('\r').map(stripVTControlCharacters)).to.deep.equal([
      '',
      bar(1),
      bar(2),
      'Hello.\n',
      bar(2),
      '',
    ]);
  });

  it('is not shown without a terminal', () => {
    expect(shown(undefined, () => showProgress(1, 3))).to.equal('');
  });
});
