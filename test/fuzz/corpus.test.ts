import {readdirSync} from 'node:fs';
import {expect} from 'chai';
import {Coverage} from './coverage.js';
import {Finding, search} from './fuzz.js';
import {randomFrom} from './mutate.js';
import {corpusFile, execute, grow, readCorpus} from './target.js';
import {targets} from './targets/index.js';

describe('fuzzing', () => {
  for (const [name, load] of Object.entries(targets)) {
    it(`${name}: the invariants hold for every input of the corpus, also repeated up to 64 KiB`, async () => {
      const target = await load();
      const corpus = readCorpus(name);
      expect(corpus).not.to.have.length(0);
      for (const input of [...corpus, ...target.seeds.map(seed => Buffer.from(seed as string))]) {
        const check = async () => {
          await target.run(input);
          await execute(target, grow(input));
        };
        await check().catch(error => {
          throw new Finding(target, input, error);
        });
      }
    });
  }

  it('has a corpus for each target, and no other', () => {
    const files = readdirSync(corpusFile('x').pathname.replace(/x\.json$/, ''));
    expect(files.sort()).to.deep.equal(
      Object.keys(targets)
        .map(name => `${name}.json`)
        .sort(),
    );
  });

  it('finds a fault that takes five steps', async () => {
    const coverage = new Coverage();
    const {planted} = await import('./planted.js');
    const random = randomFrom(1);
    const outcome = await search({target: planted, coverage, corpus: [], random, seconds: 60}).catch(
      error => error,
    );
    coverage.stop();
    expect(outcome).to.be.instanceOf(Finding);
    expect(outcome.input.toString()).to.match(/^fault/);
    expect(outcome.cause).to.be.instanceOf(TypeError);
  });
});
