import {inspect} from 'node:util';
import {expect} from 'chai';
import type {ErrorCode} from '../../../../src/errors.js';
import type {Answer} from '../../../../src/platforms/http.js';
import {graphError, isRefusal, isTransientError} from '../../../../src/platforms/threads/errors.js';
import {secretsIn} from '../../../support/secrets.js';

function answer(status: number, body: Record<string, unknown> | undefined, retryAfter?: number): Answer {
  return {status, body, text: body ? JSON.stringify(body) : '<html>', retryAfter};
}

/** Meta's Graph shape. */
const graph = (code: number | undefined, subcode?: number, more: object = {}) => ({
  error: {
    message: 'text from Meta',
    type: 'OAuthException',
    code,
    error_subcode: subcode,
    fbtrace_id: 'x',
    ...more,
  },
});

/** Meta's flat shape. */
const flat = (code: number, message: string) => ({
  error_type: 'OAuthException',
  code,
  error_message: message,
});

describe('graphError: the Graph shape', () => {
  const rows: [
    code: number,
    subcode: number | undefined,
    expected: ErrorCode,
    exit: number,
    advice: RegExp,
  ][] = [
    [190, undefined, 'CREDENTIAL_REVOKED', 4, /authorize/],
    [190, 463, 'CREDENTIAL_EXPIRED', 4, /authorize/],
    [190, 467, 'CREDENTIAL_REVOKED', 4, /authorize/],
    [190, 492, 'CREDENTIAL_REVOKED', 4, /authorize/],
    [102, undefined, 'CREDENTIAL_REVOKED', 4, /authorize/],
    [190, 458, 'CREDENTIAL_REVOKED', 4, /authorize/],
    [190, 460, 'CREDENTIAL_REVOKED', 4, /authorize/],
    [190, 459, 'ACCOUNT_HELD', 4, /Open Threads.*authorize/s],
    [190, 464, 'ACCOUNT_HELD', 4, /Open Threads.*authorize/s],
    [101, undefined, 'APP_REJECTED', 2, /Threads app ID and the Threads app secret/],
    [10, undefined, 'PERMISSION_MISSING', 4, /tester.*scope/s],
    [100, 10, 'PERMISSION_MISSING', 4, /tester.*scope/s],
    [200, undefined, 'PERMISSION_MISSING', 4, /tester.*scope/s],
    [230, undefined, 'PERMISSION_MISSING', 4, /tester.*scope/s],
    [299, undefined, 'PERMISSION_MISSING', 4, /tester.*scope/s],
    [4, undefined, 'RATE_LIMITED', 7, /Wait/],
    [17, undefined, 'RATE_LIMITED', 7, /Wait/],
    [32, undefined, 'RATE_LIMITED', 7, /Wait/],
    [613, undefined, 'RATE_LIMITED', 7, /Wait/],
    [341, undefined, 'RATE_LIMITED', 7, /Wait/],
    [368, undefined, 'RATE_LIMITED', 7, /Wait/],
    [1, undefined, 'PLATFORM_FAILED', 7, /again/],
    [2, undefined, 'PLATFORM_FAILED', 7, /again/],
    [24, 4279009, 'CONTAINER_NOT_READY', 7, /Wait/],
    [100, 33, 'NOT_FOUND', 2, /number/],
    [1, 2207052, 'MEDIA_REJECTED', 2, /public URL.*Nothing was published/s],
    [199, undefined, 'PLATFORM_FAILED', 7, /^$/],
    [300, undefined, 'PLATFORM_FAILED', 7, /^$/],
  ];
  for (const [code, subcode, expected, exitCode, advice] of rows)
    it(`${code}${subcode ? `/${subcode}` : ''} is ${expected} (exit code ${exitCode}) with any HTTP status`, () => {
      for (const status of [200, 400, 401, 403, 500]) {
        const error = graphError(answer(status, graph(code, subcode)));
        expect(error).to.include({code: expected, exitCode});
        expect(error.suggestions.join('\n')).to.match(advice);
      }
    });

  it('100 is VALUE_REFUSED (exit code 2), unless the server failed', () => {
    const error = graphError(answer(400, graph(100)));
    expect(error).to.include({code: 'VALUE_REFUSED', exitCode: 2});
    expect(error.suggestions.join()).to.match(/IDs/);
    expect(graphError(answer(500, graph(100))).code).to.equal('PLATFORM_FAILED');
  });

  it('100 for a text that is too long is USAGE (exit code 2)', () => {
    const message = 'Param text must be at most 500 characters long';
    const error = graphError(answer(400, graph(100, undefined, {message})));
    expect(error).to.include({code: 'USAGE', exitCode: 2});
    expect(error.suggestions.join()).to.match(/Shorten/);
  });

  it('too many links are USAGE (exit code 2), wherever the answer reports them', () => {
    for (const more of [
      {message: 'THREADS_API__LINK_LIMIT_EXCEEDED'},
      {code: 'THREADS_API__LINK_LIMIT_EXCEEDED'},
    ])
      expect(graphError(answer(400, graph(100, undefined, more)))).to.include({code: 'USAGE', exitCode: 2});
  });

  it('100 about redirect_uri is REDIRECT_URI_REJECTED (exit code 2)', () => {
    const error = graphError(answer(400, graph(100, undefined, {message: 'Invalid redirect_uri parameter'})));
    expect(error).to.include({code: 'REDIRECT_URI_REJECTED', exitCode: 2});
    expect(error.suggestions.join()).to.match(/exactly/);
  });

  it('says how long to wait if the service does', () => {
    const error = graphError(answer(400, graph(4), 600));
    expect(error.suggestions.join()).to.include('10 minutes');
  });

  it('is RATE_LIMITED for a 429 without a known code, and says how long to wait', () => {
    for (const body of [undefined, {}, graph(undefined), graph(4711)]) {
      const error = graphError(answer(429, body, 600));
      expect(error).to.include({code: 'RATE_LIMITED', exitCode: 7});
      expect(error.suggestions.join()).to.include('10 minutes');
    }
    expect(graphError(answer(429, graph(190))).code).to.equal('CREDENTIAL_REVOKED');
  });

  it('reports the numbers of an unknown code', () => {
    expect(graphError(answer(400, graph(4711, 42))).message).to.match(/4711\/42.*400/);
    expect(graphError(answer(400, graph(undefined))).code).to.equal('PLATFORM_FAILED');
  });

  it('accepts codes that are strings', () => {
    const error = graphError(answer(400, {error: {code: '190', error_subcode: '463'}}));
    expect(error.code).to.equal('CREDENTIAL_EXPIRED');
  });
});

describe('graphError: the flat shape', () => {
  it('is AUTHORIZATION_REFUSED (exit code 4) for a used code', () => {
    const error = graphError(answer(400, flat(400, 'Matching code was not found or was already used')));
    expect(error).to.include({code: 'AUTHORIZATION_REFUSED', exitCode: 4});
    expect(error.suggestions.join()).to.match(/authorize/);
  });

  it('is interpreted by its code like the Graph shape', () => {
    expect(graphError(answer(400, flat(190, 'x'))).code).to.equal('CREDENTIAL_REVOKED');
    expect(graphError(answer(400, flat(101, 'x'))).code).to.equal('APP_REJECTED');
    expect(graphError(answer(400, flat(100, 'bad redirect_uri'))).code).to.equal('REDIRECT_URI_REJECTED');
    expect(graphError(answer(400, {error_code: 190, error_message: 'x'})).code).to.equal(
      'CREDENTIAL_REVOKED',
    );
    expect(graphError(answer(400, flat(400, 'x'))).code).to.equal('PLATFORM_FAILED');
  });
});

describe('graphError: unexpected answers', () => {
  for (const [what, given] of Object.entries({
    'an HTML page': answer(500, undefined),
    'an empty object': answer(500, {}),
    'an error that is a string': answer(400, {error: 'invalid_request'}),
    'an error that is null': answer(400, {error: null}),
    'an error that is a list': answer(400, {error: []}),
    'an object without an error': answer(200, {}),
  }))
    it(`is PLATFORM_FAILED (exit code 7) for ${what}`, () => {
      const error = graphError(given);
      expect(error).to.include({code: 'PLATFORM_FAILED', exitCode: 7});
      expect(error.message).to.include(String(given.status));
    });
});

describe('graphError: text from Meta', () => {
  it('is never passed on: it may repeat what was sent', () => {
    const secrets = {token: 'THAAfake-token-0123456789abcdef', secret: 'fake-app-secret-0123456789'};
    const text = `refused: ${secrets.token} ${secrets.secret} redirect_uri code`;
    const more = {
      message: text,
      type: text,
      error_user_title: text,
      error_user_msg: text,
      fbtrace_id: text,
    };
    for (const code of [1, 2, 4, 10, 24, 100, 101, 102, 190, 200, 400, 613, 4711]) {
      for (const body of [graph(code, undefined, more), {...flat(code, text), error_type: text}]) {
        const error = graphError(answer(400, body));
        const shown = inspect(error, {showHidden: true, depth: Infinity}) + JSON.stringify(error);
        expect(secretsIn(shown, secrets)).to.deep.equal([]);
        expect(shown).not.to.include('refused: ');
      }
    }
  });
});

describe('isTransientError', () => {
  for (const [body, expected] of [
    [graph(1), true],
    [graph(2), true],
    [graph(4, undefined, {is_transient: true}), true],
    [graph(190, 463, {is_transient: false}), false],
    [graph(190), false],
    [graph(4), false],
    [graph(10, undefined, {is_transient: 'true'}), false],
    [flat(1, 'x'), true],
    [{data: {}}, false],
    [{}, false],
    [undefined, false],
  ] as const)
    it(`is ${expected} for ${JSON.stringify(body) ?? 'an HTML page'}`, () => {
      expect(isTransientError(answer(400, body))).to.equal(expected);
    });
});

describe('isRefusal', () => {
  for (const [status, body, expected] of [
    [400, graph(100), true],
    [200, graph(100), true],
    [401, flat(190, 'x'), true],
    [400, {}, true],
    [500, graph(100), false],
    [400, graph(2), false],
    [400, graph(100, undefined, {is_transient: true}), false],
    [200, {}, false],
    [400, undefined, false],
  ] as const)
    it(`is ${expected} for ${status} ${JSON.stringify(body) ?? 'an HTML page'}`, () => {
      expect(isRefusal(answer(status, body))).to.equal(expected);
    });
});
