import {expect} from 'chai';
import {say, wrapped} from '../../../src/cli/terminal.js';
import {printed} from './printed.js';

describe('a word to the person', () => {
  it('is on stderr', () => {
    const {stdout, stderr} = printed(() => say('Hello.'));
    expect({stdout, stderr}).to.deep.equal({stdout: '', stderr: 'Hello.\n'});
  });

  it('is broken between words, and keeps its indent', () => {
    expect(wrapped('one two three', 7)).to.equal('one two\nthree');
    expect(wrapped('  one two three', 9)).to.equal('  one two\n  three');
    expect(wrapped('one\ntwo three', 5)).to.equal('one\ntwo\nthree');
  });

  it('keeps an address whole', () => {
    expect(wrapped('see https://example.test/a/long/path now', 10)).to.equal(
      'see\nhttps://example.test/a/long/path\nnow',
    );
  });
});
