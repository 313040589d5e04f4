import {expect} from 'chai';
import {parse} from 'dotenv';
import type {VaultError} from '../../../src/errors.js';
import {parseDotenv, setVariable} from '../../../src/files/dotenv.js';
import {cpuTime} from '../../support/cpu-time.js';

const NAME = 'THREADS_REFRESH_TOKEN';
const NEW = 'THAAnew_0123-456';

/** Returns the text of a 200-line file with every kind of line, one of which sets the token. */
function longFile(token: string, ending: string): string {
  const lines = Array.from({length: 199}, (_, index) => {
    const kinds = [
      `# comment ${index}: it's "one", ${NAME}=commented`,
      `PLAIN_${index}=value ${index}  # trailing`,
      `export EXPORTED_${index}='single # no comment'`,
      `DOUBLE_${index} = "with \\n and \${PLAIN_1}"`,
      `MULTI_${index}="-----BEGIN-----${ending}${NAME}=inside${ending}-----END-----"`,
      `BACK_${index}=\`it's "both"\``,
      '',
      `   INDENTED_${index}=ü🪲`,
      `YAML_${index}: like`,
    ];
    return kinds[index % kinds.length]!;
  });
  lines.splice(120, 0, `export ${NAME}=${token}   # renewed weekly`);
  return lines.join(ending);
}

describe('dotenv', () => {
  for (const [ending, name] of [
    ['\n', 'LF'],
    ['\r\n', 'CRLF'],
  ] as const)
    for (const quote of ["'", '"', ''])
      it(`changes only the one value in a file of 200 lines (${name}, ${quote || 'bare'})`, () => {
        const before = longFile(`${quote}THAAold${quote}`, ending);
        const after = setVariable(before, NAME, NEW);
        expect(after).to.equal(longFile(`${quote}${NEW}${quote}`, ending));
        expect(parse(after)).to.deep.equal({...parse(before), [NAME]: NEW});
        expect(Object.keys(parse(after))).to.have.length.greaterThan(100);
      });

  for (const [what, before, after] of [
    ['keeps a bare value bare', `${NAME}=old`, `${NAME}=${NEW}`],
    ['keeps the quotes of a value', `${NAME}="old"\n`, `${NAME}="${NEW}"\n`],
    ['replaces backticks, which few parsers support', `${NAME}=\`old\``, `${NAME}='${NEW}'`],
    ['fills in an empty value', `A=1\n${NAME}=\nB=2\n`, `A=1\n${NAME}='${NEW}'\nB=2\n`],
    ['fills in an empty value before a comment', `${NAME}= # none yet`, `${NAME}='${NEW}' # none yet`],
    ['replaces a value of several lines', `${NAME}="a\nb"\nB=2`, `${NAME}="${NEW}"\nB=2`],
    ['keeps surrounding spaces', `  ${NAME} =  'old'  \n`, `  ${NAME} =  '${NEW}'  \n`],
    ['changes the last of two assignments', `${NAME}=a\n${NAME}=b\n`, `${NAME}=a\n${NAME}=${NEW}\n`],
    ['treats an unclosed quote as part of the value', `${NAME}='old\nA=1\n`, `${NAME}='${NEW}'\nA=1\n`],
    ["uses the file's line ending for a new line", 'A=1\r\n', `A=1\r\n${NAME}='${NEW}'\r\n`],
    [
      'adds no line ending to a file that has none at its end',
      'A=1\r\nB=2',
      `A=1\r\nB=2\r\n${NAME}='${NEW}'`,
    ],
    ['adds a line to an empty file', '', `${NAME}='${NEW}'\n`],
    ['leaves a commented-out assignment unchanged', `#${NAME}=old\n`, `#${NAME}=old\n${NAME}='${NEW}'\n`],
    [
      'leaves a longer name with the same ending unchanged',
      `MY_${NAME}=old\n`,
      `MY_${NAME}=old\n${NAME}='${NEW}'\n`,
    ],
    ['keeps a byte order mark', `\ufeff${NAME}=old`, `\ufeff${NAME}=${NEW}`],
  ] as const)
    it(what, () => {
      expect(setVariable(before, NAME, NEW)).to.equal(after);
      expect(parse(after)[NAME]).to.equal(NEW);
      expect(setVariable(after, NAME, NEW)).to.equal(after);
    });

  it('refuses an edit that would change how another line is read', () => {
    // After a colon, dotenv takes the next line as the value.
    expect(parse(`A:\n${NAME}='x'`)).to.deep.equal({A: `${NAME}='x'`});
    try {
      setVariable('A:\n', NAME, NEW);
      expect.fail('expected an error');
    } catch (error) {
      expect((error as VaultError).code).to.equal('USAGE');
      expect((error as VaultError).message)
        .to.include(NAME)
        .and.not.include(NEW);
    }
  });

  it('returns offsets in the original text', () => {
    const text = 'A=1\r\nB="x\r\ny" # z\r\n';
    expect(parseDotenv(text).map(({start, end}) => text.slice(start, end))).to.deep.equal(['1', '"x\r\ny"']);
  });

  const repeat = (line: string) => line.repeat(131_072 / line.length);
  for (const [what, text] of [
    ['blank lines', `${repeat('\n')}!`],
    ['lines of blanks', `${repeat(' \t\r\n')}!`],
    ['lines that end in CR LF', repeat('A=1\r\n')],
    ['quotes after line separators', `A=1${repeat("\u2028'x")}`],
    ['unclosed quotes', repeat("A='x\\'y\n")],
    ['names without a value', repeat('export\n')],
  ] as const)
    it(`L11: takes linear time for ${what}`, () => {
      expect(cpuTime(() => parseDotenv(text))).to.be.below(500);
    });
});

describe('dotenv: a long file', () => {
  for (const [what, text] of [
    ['blank lines', `${NAME}=old\n${`${'\n'.repeat(20_000)}?`.repeat(5)}\n`],
    ['lines that end with CRLF', `${'A=1\r\n'.repeat(15_000)}${NAME}=old\r\n`],
  ] as const)
    it(`L11: of ${what} is read and edited in less than a second`, () => {
      const start = Date.now();
      expect(setVariable(text, NAME, NEW)).to.equal(text.replace('old', NEW));
      expect(Date.now() - start).to.be.lessThan(1000);
    });
});
