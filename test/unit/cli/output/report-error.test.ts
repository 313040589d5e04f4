import {Parser} from '@oclif/core';
import {ExitError} from '@oclif/core/errors';
import * as Flags from '@oclif/core/flags';
import {expect} from 'chai';
import {reportError, reportFailures, reportWarning} from '../../../../src/cli/output/report-error.js';
import {VaultError} from '../../../../src/errors.js';
import {secretsIn} from '../../../support/secrets.js';
import {printed} from './printed.js';

const SECRET = 'THAAfake-secret-0123456789abcdef';

/** Wherever these tests run, they set for themselves whether it is GitHub Actions. */
let given: string | undefined;
before(() => {
  given = process.env.GITHUB_ACTIONS;
  delete process.env.GITHUB_ACTIONS;
});
after(() => {
  if (given !== undefined) process.env.GITHUB_ACTIONS = given;
});

/** The exit code and all that was printed, as text and as JSON. */
function reported(error: unknown) {
  const text = printed(() => reportError(error, false));
  const json = printed(() => reportError(error, true));
  expect(json.value).to.equal(text.value);
  expect(text.stdout).to.equal('');
  expect(json.stderr).to.equal('');
  return {exitCode: text.value, text: text.stderr, json: json.stdout};
}

describe('reporting an error of ours', () => {
  const error = new VaultError('CREDENTIAL_EXPIRED', 'The token expired.', ['Authorize again.', 'Or not.']);

  it('says in text what happened and what to do, on stderr', () => {
    const {exitCode, text} = reported(error);
    expect(exitCode).to.equal(4);
    expect(text).to.equal('Error: The token expired.\n  Authorize again.\n  Or not.\n');
  });

  it('is one JSON document of four fields, on stdout', () => {
    expect(JSON.parse(reported(error).json)).to.deep.equal({
      error: {
        code: 'CREDENTIAL_EXPIRED',
        message: 'The token expired.',
        suggestions: ['Authorize again.', 'Or not.'],
        exit_code: 4,
      },
    });
  });

  it('prints no other property, whoever added it', () => {
    const decorated = Object.assign(new VaultError('USAGE', 'In words.'), {
      token: SECRET,
      cause: new Error(SECRET),
      flags: {secret: SECRET},
      oclif: {exit: 7},
    });
    const {exitCode, text, json} = reported(decorated);
    expect(exitCode).to.equal(2);
    expect(secretsIn(text + json, {SECRET})).to.deep.equal([]);
    expect(Object.keys(JSON.parse(json).error)).to.deep.equal([
      'code',
      'message',
      'suggestions',
      'exit_code',
    ]);
  });
});

describe('reporting an error of somebody else', () => {
  const withProperties = Object.assign(new Error('x'), {
    request: {headers: {authorization: SECRET}},
    [SECRET]: SECRET,
    code: SECRET,
  });
  const foreign: Record<string, unknown> = {
    'its message': new Error(`failed: https://graph.threads.net/?access_token=${SECRET}`),
    'its message, on several lines': new TypeError(`failed\n${SECRET}\n    at ${SECRET}\n/${SECRET}`),
    'its message, as if it were a place': new Error(`x\n/${SECRET}.js:1:2)`),
    'its cause': new Error('x', {cause: new Error(SECRET, {cause: SECRET})}),
    'its properties': withProperties,
    'its name': Object.assign(new Error('x'), {name: SECRET}),
    'its constructor': Object.assign(new Error('x'), {constructor: {name: `${SECRET}Error`}}),
    'no constructor': Object.assign(new Error('x'), {constructor: undefined}),
    'its errors': new AggregateError([new Error(SECRET)], SECRET),
    'a text that was thrown': SECRET,
    'an object that was thrown': {message: SECRET, code: 'X', [SECRET]: SECRET},
    'its stack': Object.assign(new Error('x'), {stack: `Error: ${SECRET}\n${SECRET}`}),
    'no stack': Object.assign(new Error(SECRET), {stack: undefined}),
    'a function that was thrown': () => SECRET,
    'null that was thrown': null,
    'undefined that was thrown': undefined,
  };
  for (const [what, error] of Object.entries(foreign))
    it(`is exit 1 and prints no secret in ${what}`, () => {
      const {exitCode, text, json} = reported(error);
      expect(exitCode).to.equal(1);
      expect(secretsIn(text + json, {SECRET})).to.deep.equal([]);
      expect(JSON.parse(json).error).to.include({code: 'INTERNAL', exit_code: 1});
      expect(text).to.include('This is a bug; please report it.');
    });

  it('says of which kind it was and where, for a report', () => {
    expect(reported(new TypeError(SECRET)).text).to.match(/\(TypeError at report-error\.test\.ts:\d+\)/);
  });
});

describe('reporting a usage error of oclif', () => {
  const flags = {
    timeout: Flags.integer(),
    format: Flags.string({options: ['plain', 'env']}),
    field: Flags.string({exclusive: ['format']}),
    yes: Flags.boolean(),
  };
  const required = {platform: Flags.string({required: true})};

  async function parseErrorOf(argv: string[], options: object = {flags}): Promise<unknown> {
    return Parser.parse(argv, {strict: true, ...options} as Parameters<typeof Parser.parse>[1]).then(
      () => expect.fail('was parsed'),
      error => error,
    );
  }

  for (const [argv, words] of [
    [['--timeot', '5'], 'no flag --timeot'],
    [['-x'], 'no flag -x'],
    [['stray'], 'argument too many'],
    [['--timeout'], '--timeout'],
    [['--timeout', 'soon'], '--timeout'],
    [['--format', 'xml'], 'plain, env'],
    [['--field', 'a', '--format', 'env'], '--format'],
    [['--yes=no'], 'too many'],
  ] as const)
    it(`is exit 2, in text and in JSON: ${argv.join(' ')}`, async () => {
      const {exitCode, text, json} = reported(await parseErrorOf([...argv]));
      expect(exitCode).to.equal(2);
      expect(text).to.include(words).and.include('--help');
      expect(JSON.parse(json).error).to.include({code: 'USAGE', exit_code: 2});
    });

  it('is exit 2 when a flag is missing', async () => {
    const {exitCode, text} = reported(await parseErrorOf([], {flags: required}));
    expect(exitCode).to.equal(2);
    expect(text)
      .to.include('platform')
      .and.match(/^Error: [^\n]*\n {2}See: [^\n]*\n$/);
  });

  for (const argv of [
    [SECRET],
    [`--${SECRET}=${SECRET} x`],
    [`--${SECRET}`],
    [`-${SECRET}`],
    [`--app-secret=${SECRET}`],
    ['--yes', SECRET, SECRET],
  ])
    it(`does not repeat a secret that was typed in the wrong place: ${argv.length} words`, async () => {
      const error = await parseErrorOf(argv);
      const {text, json} = reported(error);
      expect(secretsIn(text + json, {SECRET})).to.deep.equal([]);
    });

  it('gives the advice for many failures once', () => {
    const error = (what: string) => new VaultError('CREDENTIAL_REVOKED', what, ['Authorize again.']);
    const {stderr} = printed(() =>
      reportFailures([
        {identifier: 'a', error: error('Ended.')},
        {identifier: 'b', error: error('Gone.')},
      ]),
    );
    expect(stderr).to.equal('Warning: a: Ended.\nWarning: b: Gone.\n  Authorize again.\n');
  });

  it('prints nothing for --help and --version, which end by an error too', () => {
    const {exitCode, text, json} = reported(new ExitError(0));
    expect({exitCode, text, json}).to.deep.equal({exitCode: 0, text: '', json: ''});
  });
});

describe('a warning', () => {
  it('is one line on stderr, without colour where that is no terminal', () => {
    const {stdout, stderr} = printed(() => reportWarning('Beware.'));
    expect(stdout).to.equal('');
    expect(stderr).to.equal('Warning: Beware.\n');
  });
});

describe('in GitHub Actions', () => {
  before(() => {
    process.env.GITHUB_ACTIONS = 'true';
  });
  after(() => {
    delete process.env.GITHUB_ACTIONS;
  });

  const error = new VaultError('CREDENTIAL_EXPIRED', 'It is 100% over:\r\nbad, luck.', ['Log in again.']);
  const annotation =
    '::error title=tool%3A CREDENTIAL_EXPIRED::It is 100%25 over:%0D%0Abad, luck.%0ALog in again.\n';

  it('is an annotation in one line, with what to do next, on stderr', () => {
    const {stdout, stderr, value} = printed(() => reportError(error, false));
    expect({stdout, stderr, value}).to.deep.equal({stdout: '', stderr: annotation, value: 4});
  });

  it('is one beside the JSON document, too', () => {
    const {stdout, stderr} = printed(() => reportError(error, true));
    expect(stderr).to.equal(annotation);
    expect(JSON.parse(stdout).error).to.include({code: 'CREDENTIAL_EXPIRED', exit_code: 4});
  });

  it('is a warning where it is one', () => {
    const {stdout, stderr} = printed(() => reportWarning('Beware: 50%, or so.'));
    expect({stdout, stderr}).to.deep.equal({
      stdout: '',
      stderr: '::warning title=tool::Beware: 50%25, or so.\n',
    });
  });

  it('shows no secret of an error of somebody else', () => {
    const {stdout, stderr} = printed(() => reportError(new Error(SECRET, {cause: SECRET}), true));
    expect(stderr).to.match(/^::error title=tool%3A INTERNAL::Internal error in tool[^\n]*\n$/);
    expect(secretsIn(stdout + stderr, {SECRET})).to.deep.equal([]);
  });
});
