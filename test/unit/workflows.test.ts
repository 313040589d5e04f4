import {execFileSync} from 'node:child_process';
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect} from 'chai';
import {parse, parseDocument} from 'yaml';
import {ROOT} from '../support/world.js';

const FOLDER = join(ROOT, '.github/workflows');

interface Job {
  uses?: string;
  needs?: string;
  'runs-on'?: string;
  'timeout-minutes'?: number;
  permissions?: Record<string, string>;
  steps?: {uses?: string; run?: string; with?: Record<string, unknown>}[];
}

describe('M6: the workflows', () => {
  const names = readdirSync(FOLDER);
  const read = (name: string) => readFileSync(join(FOLDER, name), 'utf8');
  const jobsOf = (name: string): Record<string, Job> => parse(read(name)).jobs;
  const stepsOf = (name: string) => Object.values(jobsOf(name)).flatMap(({steps = []}) => steps);

  it('are one for CI and one for releases', () => {
    expect(names.sort()).to.deep.equal(['ci.yml', 'release.yml']);
  });

  for (const name of names) {
    describe(name, () => {
      it('is valid YAML with the parts of a workflow', () => {
        const document = parseDocument(read(name));
        expect([...document.errors, ...document.warnings]).to.deep.equal([]);
        const {name: title, on, permissions, jobs, ...rest} = document.toJS();
        expect(title).to.be.a('string');
        expect(on).to.be.an('object').and.not.deep.equal({});
        expect(Object.keys(rest).filter(key => key !== 'concurrency')).to.deep.equal([]);
        for (const job of Object.values<Job>(jobs)) {
          if (job.uses) continue;
          expect(job).to.include.keys('runs-on', 'timeout-minutes', 'steps');
          for (const step of job.steps!) expect(Number('uses' in step) + Number('run' in step)).to.equal(1);
        }
      });

      it('says that it has not been run yet', () => {
        expect(read(name)).to.contain('# This workflow has not been run on GitHub yet.');
      });

      it('pins each action by its commit, with the version beside it', () => {
        const lines = read(name).match(/uses: .*/g)!;
        expect(lines.length).to.be.greaterThan(0);
        for (const line of lines)
          expect(line).to.match(
            /^uses: (\.\/\.github\/workflows\/ci\.yml|[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$/,
          );
      });

      it('gives no job more than it needs, and leaves no token in the checkout', () => {
        const {permissions, jobs} = parse(read(name));
        const allowed = {release: {}, ci: {contents: 'read'}}[name.replace('.yml', '')];
        expect(permissions).to.deep.equal(allowed);
        for (const [id, job] of Object.entries<Job>(jobs)) {
          const {contents, 'id-token': idToken, ...others} = job.permissions ?? {};
          expect(others).to.deep.equal({});
          expect(contents ?? 'read').to.equal('read');
          expect(idToken).to.equal(id === 'publish' ? 'write' : undefined);
        }
        const checkouts = stepsOf(name).filter(({uses}) => uses?.startsWith('actions/checkout@'));
        for (const each of checkouts) expect(each.with).to.include({'persist-credentials': false});
      });

      it('runs scripts that are valid and contain no expression', () => {
        for (const {run} of stepsOf(name)) {
          if (run === undefined) continue;
          expect(run).not.to.contain('${{');
          execFileSync('bash', ['-n'], {input: run});
          const {scripts} = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
          for (const [, script] of run.matchAll(/npm run (\w+)/g)) expect(scripts).to.have.property(script!);
          for (const [path] of run.matchAll(/^\.[\w/]+$/gm))
            expect(existsSync(join(ROOT, path))).to.equal(true);
        }
      });
    });
  }

  it('publish only after the checks, with provenance, and without a stored token', () => {
    const {check, publish} = jobsOf('release.yml');
    expect(check!.uses).to.equal('./.github/workflows/ci.yml');
    expect(parse(read('ci.yml')).on).to.have.property('workflow_call');
    expect(publish!.needs).to.equal('check');
    const scripts = publish!.steps!.map(({run = ''}) => run);
    expect(scripts.at(-1)).to.match(/^npm publish --provenance/);
    const all = scripts.join('\n');
    expect(all).to.contain('npm ci --ignore-scripts').and.contain('npm audit signatures');
    expect(read('release.yml')).not.to.match(/secrets\.|_TOKEN/);
  });
});
