import {expect} from 'chai';
import {parse} from 'dotenv';
import type {VaultError} from '../../../src/errors.js';
import {parseDotenv, setVariable} from '../../../src/files/dotenv.js';

const NAME = 'THREADS_REFRESH_TOKEN';
const NEW = 'THAAnew_0123-456';

/** Two hundred lines as a project collects them, one of them the token's. */
function longFile(token: string, ending: string): string {
  const lines = Array.from({length: 199}, (_, index) => {
    const kinds = [
      `# comment ${index}: it's "one", ${NAME}=commented`,
      `PLAIN_${index}=value ${index}  # behind`,
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

describe('a .env file', () => {
  for (const [ending, name] of [
    ['\n', 'LF'],
    ['\r\n', 'CRLF'],
  ] as const)
    for (const quote of ["'", '"', ''])
      it(`of 200 lines (${name}, ${quote || 'bare'}) is the same but for the one value`, () => {
        const before = longFile(`${quote}THAAold${quote}`, ending);
        const after = setVariable(before, NAME, NEW);
        expect(after).to.equal(longFile(`${quote}${NEW}${quote}`, ending));
        expect(parse(after)).to.deep.equal({...parse(before), [NAME]: NEW});
        expect(Object.keys(parse(after))).to.have.length.greaterThan(100);
      });

  for (const [what, before, after] of [
    ['a bare value stays bare', `${NAME}=old`, `${NAME}=${NEW}`],
    ['a quoted value stays quoted', `${NAME}="old"\n`, `${NAME}="${NEW}"\n`],
    ['backticks, which few readers know, go', `${NAME}=\`old\``, `${NAME}='${NEW}'`],
    ['an empty value is filled', `A=1\n${NAME}=\nB=2\n`, `A=1\n${NAME}='${NEW}'\nB=2\n`],
    ['an empty value before a comment is filled', `${NAME}= # none yet`, `${NAME}='${NEW}' # none yet`],
    ['a value over several lines is replaced as one', `${NAME}="a\nb"\nB=2`, `${NAME}="${NEW}"\nB=2`],
    ['blanks around stay', `  ${NAME} =  'old'  \n`, `  ${NAME} =  '${NEW}'  \n`],
    ['of two the last counts', `${NAME}=a\n${NAME}=b\n`, `${NAME}=a\n${NAME}=${NEW}\n`],
    ['a quote left open is part of the value', `${NAME}='old\nA=1\n`, `${NAME}='${NEW}'\nA=1\n`],
    ['a new line has the file’s line ending', 'A=1\r\n', `A=1\r\n${NAME}='${NEW}'\r\n`],
    ['no line ending at the end stays none', 'A=1\r\nB=2', `A=1\r\nB=2\r\n${NAME}='${NEW}'`],
    ['an empty file gets a line', '', `${NAME}='${NEW}'\n`],
    ['what is commented out stays so', `#${NAME}=old\n`, `#${NAME}=old\n${NAME}='${NEW}'\n`],
    ['another name that ends alike stays', `MY_${NAME}=old\n`, `MY_${NAME}=old\n${NAME}='${NEW}'\n`],
    ['a byte order mark stays', `\ufeff${NAME}=old`, `\ufeff${NAME}=${NEW}`],
  ] as const)
    it(`${what}`, () => {
      expect(setVariable(before, NAME, NEW)).to.equal(after);
      expect(parse(after)[NAME]).to.equal(NEW);
      expect(setVariable(after, NAME, NEW)).to.equal(after);
    });

  it('is left alone where a new line would be read as part of another', () => {
    // dotenv takes what follows a colon on the next line for its value.
    expect(parse(`A:\n${NAME}='x'`)).to.deep.equal({A: `${NAME}='x'`});
    try {
      setVariable('A:\n', NAME, NEW);
      expect.fail('it was changed');
    } catch (error) {
      expect((error as VaultError).code).to.equal('USAGE');
      expect((error as VaultError).message)
        .to.include(NAME)
        .and.not.include(NEW);
    }
  });

  it('is told of by places in the text as it stands', () => {
    const text = 'A=1\r\nB="x\r\ny" # z\r\n';
    expect(parseDotenv(text).map(({start, end}) => text.slice(start, end))).to.deep.equal(['1', '"x\r\ny"']);
  });
});
