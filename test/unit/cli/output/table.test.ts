import {expect} from 'chai';
import {formatTable, keyValues, stripControlCharacters} from '../../../../src/cli/output/table.js';

describe('foreign text', () => {
  for (const [what, text, expected] of [
    ['color', '\u001b[31mred\u001b[0m', 'red'],
    ['a cleared screen', 'a\u001b[2J\u001b[Hb', 'ab'],
    ['a window title', 'a\u001b]0;title\u0007b', 'ab'],
    ['a link', '\u001b]8;;https://evil.test\u0007click\u001b]8;;\u0007', 'click'],
    ['eight-bit sequences', 'a\u009b31mb', 'ab'],
    ['line ends and tabs', 'a\r\nb\tc', 'abc'],
    ['NUL, backspace and DEL', 'a\0\b\u007fb', 'ab'],
    ['a lone escape', 'a\u001bb', 'ab'],
    ['line and paragraph separators', 'a\u2028b\u2029c', 'abc'],
    ['bidirectional controls', 'a\u202eb\u2066c\u2069', 'abc'],
  ] as const)
    it(`loses ${what}`, () => {
      // A sequence may take a letter with it; what matters is that none of it works.
      const shown = stripControlCharacters(text);
      expect(shown).not.to.match(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u);
      expect(shown.replaceAll(/\W|title|evil|https?/g, '')).to.equal(expected.replaceAll(/\W/g, ''));
    });

  it('keeps its words in any language', () => {
    for (const text of ['my.account', 'жук 🪲', '日本語', 'العربية', ''])
      expect(stripControlCharacters(text)).to.equal(text);
  });
});

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
  it('are one pair per line', () => {
    expect(
      keyValues([
        ['Name', 'a'],
        ['Longer', 'b c'],
      ]),
    ).to.equal('Name    a\nLonger  b c\n');
  });
});
