import {expect} from 'chai';
import {colored, say, wrapText} from '../../../../src/cli/output/terminal.js';
import {printed} from './printed.js';

describe('message for the user', () => {
  it('goes to stderr', () => {
    const {stdout, stderr} = printed(() => say('Hello.'));
    expect({stdout, stderr}).to.deep.equal({stdout: '', stderr: 'Hello.\n'});
  });

  it('is wrapped between words, and keeps its indentation', () => {
    expect(wrapText('one two three', 7)).to.equal('one two\nthree');
    expect(wrapText('  one two three', 9)).to.equal('  one two\n  three');
    expect(wrapText('one\ntwo three', 5)).to.equal('one\ntwo\nthree');
  });

  it('is measured without its colors', () => {
    expect(wrapText('\u001b[31mone\u001b[39m two', 7)).to.equal('\u001b[31mone\u001b[39m two');
  });

  it('keeps a URL whole', () => {
    expect(wrapText('see https://example.test/a/long/path now', 10)).to.equal(
      'see\nhttps://example.test/a/long/path\nnow',
    );
  });

  it('keeps a command whole at the end of a line, so that it can be copied', () => {
    const command = 'tool threads authorize --identifier my.account --scope threads_basic,threads_delete';
    expect(wrapText(`  Log in again: ${command}`, 40)).to.equal(`  Log in again:\n  ${command}`);
    expect(wrapText('  Run: tool doctor', 40)).to.equal('  Run: tool doctor');
    expect(wrapText('the tool that is called tool here wraps', 20)).to.equal(
      'the tool that is\ncalled tool here\nwraps',
    );
  });
});

describe('color', () => {
  const terminal = {isTTY: true, hasColors: () => true} as NodeJS.WriteStream;
  const dumb = {isTTY: true, hasColors: () => false} as NodeJS.WriteStream;
  const file = {isTTY: false} as NodeJS.WriteStream;
  const before = {...process.env};
  beforeEach(() => {
    delete process.env.NO_COLOR;
    delete process.env.FORCE_COLOR;
  });
  afterEach(() => {
    process.env = {...before};
  });

  const isColored = (stream: NodeJS.WriteStream) => {
    const text = colored('red', 'x', stream);
    expect(text).to.be.oneOf(['x', '\u001b[31mx\u001b[39m']);
    return text !== 'x';
  };

  it('depends on whether the stream itself is a terminal', () => {
    expect([terminal, dumb, file].map(isColored)).to.deep.equal([true, false, false]);
  });

  it('is off with NO_COLOR', () => {
    Object.assign(process.env, {NO_COLOR: '1', FORCE_COLOR: '1'});
    expect([terminal, dumb, file].map(isColored)).to.deep.equal([false, false, false]);
  });

  it('is on with FORCE_COLOR, and off if that is 0', () => {
    process.env.FORCE_COLOR = '1';
    expect([terminal, dumb, file].map(isColored)).to.deep.equal([true, true, true]);
    process.env.FORCE_COLOR = '0';
    expect([terminal, dumb, file].map(isColored)).to.deep.equal([false, false, false]);
  });
});
