import {Parser} from '@oclif/core';
import * as Args from '@oclif/core/args';
import {ExitError} from '@oclif/core/errors';
import * as Flags from '@oclif/core/flags';
import {expect} from 'chai';
import {reportError, reportFailures, reportWarning} from '../../../../src/cli/output/report-error.js';
import {VaultError} from '../../../../src/errors.js';
import {secretsIn} from '../../../support/secrets.js';
import {printed} from './printed.js';

const SECRET = 'THAAfake-secret-0123456789abcdef';

/** The tests set GITHUB_ACTIONS themselves, wherever they run. */
let given: string | undefined;
before(() => {
  given = process.env.GITHUB_ACTIONS;
  delete process.env.GITHUB_ACTIONS;
});
after(() => {
  if (given !== undefined) process.env.GITHUB_ACTIONS = given;
});

/** Returns the exit code and everything printed, as text and as JSON. */
function reported(error: unknown) {
  const text = printed(() => reportError(error, false));
  const json = printed(() => reportError(error, true));
  expect(json.value).to.equal(text.value);
  expect(text.stdout).to.equal('');
  expect(json.stderr).to.equal('');
  return {exitCode: text.value, text: text.stderr, json: json.stdout};
}

describe('reporting a VaultError', () => {
  const error = new VaultError('CREDENTIAL_EXPIRED', 'The token expired.', ['Authorize again.', 'Or not.']);

  it('prints to stderr what happened and what to do', () => {
    const {exitCode, text} = reported(error);
    expect(exitCode).to.equal(4);
    expect(text).to.equal('Error: The token expired.\n  Authorize again.\n  Or not.\n');
  });

  it('prints one JSON document with four fields to stdout', () => {
    expect(JSON.parse(reported(error).json)).to.deep.equal({
      error: {
        code: 'CREDENTIAL_EXPIRED',
        message: 'The token expired.',
        suggestions: ['Authorize again.', 'Or not.'],
        exit_code: 4,
      },
    });
  });

  it('prints no other property', () => {
    const decorated = Object.assign(new VaultError('USAGE', 'A message.'), {
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

describe('reporting Ctrl-C', () => {
  it('is a line without "Error:", and how to continue', () => {
    const {exitCode, text, json} = reported(new VaultError('INTERRUPTED', 'Cancelled.', ['Continue.']));
    expect({exitCode, text}).to.deep.equal({exitCode: 130, text: 'Cancelled.\n  Continue.\n'});
    expect(JSON.parse(json).error).to.include({code: 'INTERRUPTED', exit_code: 130});
  });
});

describe('reporting a foreign error', () => {
  const withProperties = Object.assign(new Error('x'), {
    request: {headers: {authorization: SECRET}},
    [SECRET]: SECRET,
    code: SECRET,
  });
  const foreign: Record<string, unknown> = {
    'its message': new Error(`failed: https://graph.threads.net/?access_token=${SECRET}`),
    'its message, on several lines': new TypeError(`failed\n${SECRET}\n    at ${SECRET}\n/${SECRET}`),
    'its message, shaped like a location': new Error(`x\n/${SECRET}.js:1:2)`),
    'its cause': new Error('x', {cause: new Error(SECRET, {cause: SECRET})}),
    'its properties': withProperties,
    'its name': Object.assign(new Error('x'), {name: SECRET}),
    'its constructor': Object.assign(new Error('x'), {constructor: {name: `${SECRET}Error`}}),
    'no constructor': Object.assign(new Error('x'), {constructor: undefined}),
    'its errors': new AggregateError([new Error(SECRET)], SECRET),
    'a thrown string': SECRET,
    'a thrown object': {message: SECRET, code: 'X', [SECRET]: SECRET},
    'its stack': Object.assign(new Error('x'), {stack: `Error: ${SECRET}\n${SECRET}`}),
    'no stack': Object.assign(new Error(SECRET), {stack: undefined}),
    'a thrown function': () => SECRET,
    'a thrown null': null,
    'a thrown undefined': undefined,
  };
  for (const [what, error] of Object.entries(foreign))
    it(`exits with 1 and prints no secret in ${what}`, () => {
      const {exitCode, text, json} = reported(error);
      expect(exitCode).to.equal(1);
      expect(secretsIn(text + json, {SECRET})).to.deep.equal([]);
      expect(JSON.parse(json).error).to.include({code: 'INTERNAL', exit_code: 1});
      expect(text).to.include('This is a bug; please report it.');
    });

  it('names the class and the location, for a bug report', () => {
    expect(reported(new TypeError(SECRET)).text).to.match(/\(TypeError at report-error\.test\.ts:\d+\)/);
  });
});

describe('reporting a parse error of oclif', () => {
  const flags = {
    timeout: Flags.integer({min: 1}),
    format: Flags.string({options: ['plain', 'env']}),
    field: Flags.string({exclusive: ['format']}),
    variable: Flags.string({dependsOn: ['field']}),
    yes: Flags.boolean(),
  };

  async function parseErrorOf(argv: string[], options: object = {flags}): Promise<unknown> {
    return Parser.parse(argv, {strict: true, ...options} as Parameters<typeof Parser.parse>[1]).then(
      () => expect.fail('was parsed'),
      error => error,
    );
  }

  /** Returns the first line of the text, and the last one, which says where to read on. */
  async function reportedFor(argv: string[], options?: object): Promise<{message: string; help: string}> {
    const {exitCode, text, json} = reported(await parseErrorOf(argv, options));
    expect(exitCode).to.equal(2);
    expect(JSON.parse(json).error).to.include({code: 'USAGE', exit_code: 2});
    const lines = text.trimEnd().split('\n');
    return {message: lines[0]!.replace('Error: ', ''), help: lines.at(-1)!.trim()};
  }

  for (const [argv, message] of [
    [['--timeot', '5'], 'Unknown flag: --timeot'],
    [['-x'], 'Unknown flag: -x'],
    [['--image-5', 'x'], 'Unknown flag: --image-5'],
    [['--Not-A-Flag'], 'Unknown flag.'],
    [['stray'], 'Unexpected argument: stray'],
    [['x'.repeat(50)], `Unexpected argument: ${'x'.repeat(40)}...`],
    [['--timeout'], '--timeout needs a value.'],
    [['--timeout', 'soon'], '--timeout must be an integer.'],
    [['--timeout', '0'], '--timeout must be an integer greater than or equal to 1.'],
    [['--timeout', '1', '--timeout', '2'], '--timeout can be given only once.'],
    [['--format', 'xml'], '--format must be one of: plain, env.'],
    [['--format'], '--format must be one of: plain, env.'],
    [['--field', 'a', '--format', 'env'], '--format cannot be combined with --field.'],
    [['--variable', 'a'], '--variable needs --field.'],
    [['--yes=no'], 'Unexpected argument: no'],
  ] as const)
    it(`exits with 2, in text and in JSON: ${argv.join(' ').slice(0, 30)}`, async () => {
      expect(await reportedFor([...argv])).to.deep.equal({message, help: 'See: tool --help'});
    });

  it('names a missing flag', async () => {
    const required = {platform: Flags.string({required: true})};
    expect((await reportedFor([], {flags: required})).message).to.equal('--platform is required.');
  });

  it('names the flags of which one is needed', async () => {
    const choice = {code: Flags.string({exactlyOne: ['code', 'token']}), token: Flags.string()};
    expect((await reportedFor([], {flags: choice})).message).to.equal('Give exactly one of --code, --token.');
    expect((await reportedFor(['--code', SECRET, '--token', SECRET], {flags: choice})).message).to.equal(
      '--token cannot be combined with --code.',
    );
  });

  it('names a missing argument and its choices', async () => {
    const file = {file: Args.string({required: true})};
    expect((await reportedFor([], {args: file})).message).to.equal('<file> is required.');
    const shell = {shell: Args.string({required: true, options: ['bash', 'zsh', 'fish']})};
    expect((await reportedFor([], {args: shell})).message).to.equal('<shell> is required: bash, zsh or fish');
    expect((await reportedFor(['tcsh'], {args: shell})).message).to.equal(
      'The argument must be one of: bash, zsh, fish.',
    );
  });

  it('refers to the help of the command that the error names', async () => {
    const context = {id: 'utils:tokens:show'};
    expect((await reportedFor(['-x'], {flags, context})).help).to.equal('See: tool utils tokens show --help');
  });

  it('refers to the help of the command on the command line', async () => {
    const {argv} = process;
    try {
      process.argv = [...argv.slice(0, 2), 'utils', 'tokens', 'list', '--format', 'xml'];
      expect((await reportedFor(['--format', 'xml'])).help).to.equal('See: tool utils tokens list --help');
      process.argv = [...argv.slice(0, 2), SECRET];
      expect((await reportedFor(['--format', 'xml'])).help).to.equal('See: tool --help');
    } finally {
      process.argv = argv;
    }
  });

  for (const argv of [
    [SECRET],
    [`x=${SECRET}`],
    [`--${SECRET}=${SECRET} x`],
    [`--${SECRET}`],
    [`-${SECRET}`],
    [`--app-secret=${SECRET}`],
    ['--yes', SECRET, SECRET],
  ])
    it(`does not repeat a secret typed in the wrong place: ${argv.length} words`, async () => {
      const error = await parseErrorOf(argv);
      const {text, json} = reported(error);
      expect(secretsIn(text + json, {SECRET})).to.deep.equal([]);
    });

  it('prints the same advice for many failures once', () => {
    const error = (what: string) => new VaultError('CREDENTIAL_REVOKED', what, ['Authorize again.']);
    const {stderr} = printed(() =>
      reportFailures([
        {identifier: 'a', error: error('Ended.')},
        {identifier: 'b', error: error('Gone.')},
      ]),
    );
    expect(stderr).to.equal('Warning: a: Ended.\nWarning: b: Gone.\n  Authorize again.\n');
  });

  it('prints nothing for --help and --version, which also end with an error', () => {
    const {exitCode, text, json} = reported(new ExitError(0));
    expect({exitCode, text, json}).to.deep.equal({exitCode: 0, text: '', json: ''});
  });
});

describe('warning', () => {
  it('is one line on stderr, without color if that is no terminal', () => {
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
    '::error title=tool%3A CREDENTIAL_EXPIRED::It is 100%25 over: bad, luck.%0ALog in again.\n';

  it('an error is an annotation of one line with its suggestions, on stderr', () => {
    const {stdout, stderr, value} = printed(() => reportError(error, false));
    expect({stdout, stderr, value}).to.deep.equal({stdout: '', stderr: annotation, value: 4});
  });

  it('an error is an annotation in addition to the JSON document', () => {
    const {stdout, stderr} = printed(() => reportError(error, true));
    expect(stderr).to.equal(annotation);
    expect(JSON.parse(stdout).error).to.include({code: 'CREDENTIAL_EXPIRED', exit_code: 4});
  });

  it('a warning is a warning annotation', () => {
    const {stdout, stderr} = printed(() => reportWarning('Beware: 50%, or so.'));
    expect({stdout, stderr}).to.deep.equal({
      stdout: '',
      stderr: '::warning title=tool::Beware: 50%25, or so.\n',
    });
  });

  it('the annotation of a foreign error shows no secret', () => {
    const {stdout, stderr} = printed(() => reportError(new Error(SECRET, {cause: SECRET}), true));
    expect(stderr).to.match(/^::error title=tool%3A INTERNAL::Internal error in tool[^\n]*\n$/);
    expect(secretsIn(stdout + stderr, {SECRET})).to.deep.equal([]);
  });
});
