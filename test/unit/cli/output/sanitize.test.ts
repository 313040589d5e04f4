import {expect} from 'chai';
import {formatJson, sanitize} from '../../../../src/cli/output/sanitize.js';

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
      const shown = sanitize(text);
      expect(shown).not.to.match(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u);
      expect(shown.replaceAll(/\W|title|evil|https?/g, '')).to.equal(expected.replaceAll(/\W/g, ''));
    });

  it('keeps its words in any language', () => {
    for (const text of ['my.account', 'жук 🪲', '日本語', 'العربية', ''])
      expect(sanitize(text)).to.equal(text);
  });
});

describe('a CI command in foreign text', () => {
  for (const [text, expected] of [
    ['::add-mask::x', ': :add-mask::x'],
    [' \t::notice title=forged::x', '  : :notice title=forged::x'],
    [':\u0007:add-mask::x', ': :add-mask::x'],
    ['\u001b[0m::error::x', ': :error::x'],
    ['\n::add-mask::x', ' : :add-mask::x'],
    ['a\r\n::add-mask::x', 'a ::add-mask::x'],
    ['a ##[add-mask]x', 'a # #[add-mask]x'],
    ['##vso[task.complete]x', '# #vso[task.complete]x'],
    ["#\u0001#teamcity[message text='x']", "# #teamcity[message text='x']"],
  ] as const)
    it(`L1: is broken up: ${JSON.stringify(text)}`, () => {
      expect(sanitize(text)).to.equal(expected);
    });

  it('leaves what only looks similar as it is', () => {
    for (const text of ['std::string', 'http://[::1]:3456/', 'a :: b', '## Title', '#[x]'])
      expect(sanitize(text)).to.equal(text);
  });

  it('L1: is escaped in JSON, which reads back unchanged', () => {
    const value = ['##[add-mask]x', 'a\u009b31m', '\u2028\u202e', '\u001b[2J', '::add-mask::x'];
    const text = formatJson(value);
    expect(text).not.to.match(/##\w*\[|^::|(?!\n)[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/mu);
    expect(JSON.parse(text)).to.deep.equal(value);
  });
});
