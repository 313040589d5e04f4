import {expect} from 'chai';
import {formatTable, keyValues} from '../../../../src/cli/output/table.js';

describe('table', () => {
  const {columns} = process.stdout;
  afterEach(() => {
    process.stdout.columns = columns;
  });

  it('has columns under a heading, without lines, colors or trailing blanks', () => {
    const text = formatTable(
      ['Name', 'State'],
      [
        ['a', 'valid'],
        ['longer', ''],
      ],
    );
    expect(text).to.equal('Name    State\na       valid\nlonger\n');
  });

  it('has one block per row if the terminal is too narrow', () => {
    process.stdout.columns = 12;
    const text = formatTable(
      ['Name', 'State'],
      [
        ['account', 'valid'],
        ['other', 'due'],
      ],
    );
    expect(text).to.equal('Name   account\nState  valid\n\nName   other\nState  due\n');
  });
});

describe('names and values', () => {
  it('L1: are safe to print, in a table too', () => {
    const hostile = '::add-mask::a\u001b[2J\nb';
    expect(keyValues([[hostile, hostile]])).to.equal(': :add-mask::a b  : :add-mask::a b\n');
    expect(formatTable([hostile], [[hostile]])).to.equal(': :add-mask::a b\n'.repeat(2));
  });

  it('are one pair per line', () => {
    expect(
      keyValues([
        ['Name', 'a'],
        ['Longer', 'b c'],
      ]),
    ).to.equal('Name    a\nLonger  b c\n');
  });
});
