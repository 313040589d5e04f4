import {execFile} from 'node:child_process';
import {expect} from 'chai';

const SOURCE = new URL('../../../../src/cli/input/stdin.ts', import.meta.url).href;

/** Runs a script with this text on standard input, which then ends unless `isOpen`, and returns what it prints. */
function runWith(input: string, script: string, {isOpen = false} = {}): Promise<unknown[]> {
  const code = `import {StandardInput} from ${JSON.stringify(SOURCE)};
    const input = new StandardInput();
    const print = value => console.log(JSON.stringify(value ?? null));
    ${script}`;
  return new Promise((resolve, reject) => {
    const child = execFile(
      process.execPath,
      ['--import=tsx', '--input-type=module', '-e', code],
      {timeout: 20_000},
      (error, stdout) =>
        error
          ? reject(error)
          : resolve(
              stdout
                .trim()
                .split('\n')
                .map(line => JSON.parse(line)),
            ),
    );
    child.stdin!.write(input);
    if (!isOpen) child.stdin!.end();
  });
}

describe('standard input', () => {
  it('yields a secret on its first line, and then the pasted lines', async () => {
    const script = 'print(await input.firstLine()); for await (const line of input.lines) print(line);';
    expect(await runWith('fake-secret\nhttps://one\r\nhttps://two', script)).to.deep.equal([
      'fake-secret',
      'https://one',
      'https://two',
    ]);
  });

  it('has no first line if it is empty', async () => {
    expect(await runWith('', 'print(await input.firstLine());')).to.deep.equal([null]);
  });

  it('yields a whole text, with uniform line endings', async () => {
    const script = 'print(await input.text());';
    expect(await runWith('one\r\n\n  two — ünï 😀', script)).to.deep.equal(['one\n\n  two — ünï 😀\n']);
    expect(await runWith('', script)).to.deep.equal(['']);
  });

  it('refuses a text that is far too long', async () => {
    const script = 'await input.text().catch(error => print(error.code)); input.close();';
    expect(await runWith('x\n'.repeat(60_000), script, {isOpen: true})).to.deep.equal(['USAGE']);
  });

  it('yields an address of ten thousand characters whole', async () => {
    const address = `https://localhost/?code=${'x'.repeat(10_000)}`;
    expect(await runWith(`${address}\n`, 'print(await input.firstLine());')).to.deep.equal([address]);
  });

  it('does not keep the process alive once it is closed or if it was never used', async () => {
    const isOpen = true;
    expect(await runWith('a\nb\n', 'print(await input.firstLine()); input.close();', {isOpen})).to.deep.equal(
      ['a'],
    );
    expect(await runWith('a\n', 'input.close(); print(1);', {isOpen})).to.deep.equal([1]);
  });
});
