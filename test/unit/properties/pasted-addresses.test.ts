import {expect} from 'chai';
import fc from 'fast-check';
import {parseRedirect} from '../../../src/oauth/redirect.js';
import {awkwardText} from './awkward-text.js';
import {errorOf, properties} from './properties.js';

const REDIRECT_URI = 'https://localhost:3456/callback';

/** In the formats of this program and of Meta. */
const ownState = fc
  .uint8Array({minLength: 32, maxLength: 32})
  .map(bytes => Buffer.from(bytes).toString('base64url'));
const metaCode = fc.stringMatching(/^AQ[A-Za-z0-9_-]{30,200}$/);
const login = fc.record({state: ownState, code: metaCode});
const redirectUris = fc.constantFrom(
  REDIRECT_URI,
  'http://127.0.0.1:8080/',
  'http://[::1]:9/cb',
  'https://example.test',
  'https://example.test/deep/er/path.html',
);
const wrapping = fc.tuple(
  fc.string({unit: fc.constantFrom(' ', '\t', '"', "'", '<', '\n'), maxLength: 4}),
  fc.constantFrom('', '#_', '#', '#code=another&state=another'),
  fc.string({unit: fc.constantFrom(' ', '\t', '"', "'", '>', '\r', '\n'), maxLength: 4}),
);

function address(redirectUri: string, parameters: Iterable<[string, string]>): string {
  const url = new URL(redirectUri);
  for (const [name, value] of parameters) url.searchParams.append(name, value);
  return url.href;
}

describe('properties of pasted URLs', () => {
  const {holds} = properties('pasted URLs');

  it(
    'the correct URL is read exactly, whatever surrounds it and whatever other parameters it has',
    holds(
      fc.record({
        redirectUri: redirectUris,
        state: fc.oneof(
          ownState,
          awkwardText.filter(text => text !== ''),
        ),
        outcome: fc.tuple(
          fc.constantFrom('code', 'error'),
          fc.oneof(
            metaCode,
            awkwardText.filter(text => text !== ''),
          ),
        ),
        more: fc.uniqueArray(fc.tuple(awkwardText, awkwardText), {
          maxLength: 3,
          selector: ([name]) => name,
        }),
        order: fc.array(fc.nat()),
        wrapping,
      }),
      ({redirectUri, state, outcome, more, order, wrapping: [before, fragment, after]}) => {
        const extra = more.filter(([name]) => !['code', 'error', 'state'].includes(name));
        const parameters: [string, string][] = [outcome as [string, string], ['state', state], ...extra];
        for (const [index, at] of order.entries()) {
          if (index < parameters.length) parameters.push(...parameters.splice(at % parameters.length, 1));
        }
        const pasted = before + address(redirectUri, parameters) + fragment + after;
        const read = parseRedirect(pasted, {redirectUri, state}).parameters;
        expect([...read]).to.deep.equal(parameters);
      },
      {runs: 3000},
    ),
  );

  /** Changes that make a correct URL wrong. */
  const mistakes = fc.oneof(
    fc.tuple(fc.constant('state'), ownState),
    fc.tuple(fc.constant('piece of the state'), fc.nat({max: 42}).map(String)),
    fc.tuple(fc.constant('no state'), fc.constant('')),
    fc.tuple(fc.constant('two states'), ownState),
    fc.tuple(fc.constant('protocol'), fc.constantFrom('http:', 'ftp:', 'file:', 'javascript:', 'data:')),
    fc.tuple(
      fc.constant('host'),
      fc.constantFrom(
        'localhost.',
        'localhost.example.test',
        '127.0.0.1',
        '[::1]',
        'xn--e1aybc.test',
        'localhos',
      ),
    ),
    fc.tuple(
      fc.constant('port'),
      fc
        .integer({min: 0, max: 65_535})
        .filter(port => port !== 3456)
        .map(String),
    ),
    fc.tuple(
      fc.constant('path'),
      fc
        .tuple(fc.constantFrom('/', '/callback'), fc.stringMatching(/^[a-z0-9/%;_-]{0,20}$/))
        .map(([beginning, end]) => beginning + end)
        .filter(path => path !== '/callback'),
    ),
    fc.tuple(fc.constant('text before'), fc.stringMatching(/^[a-z0-9:/.]{1,20}$/)),
  );

  function applyMistake(pasted: string, state: string, [how, what]: [string, string]): string {
    const url = new URL(pasted);
    const {searchParams} = url;
    switch (how) {
      case 'state':
        return pasted.replace(state, what);
      case 'piece of the state':
        return pasted.replace(state, state.slice(0, Number(what)));
      case 'no state':
        searchParams.delete('state');
        return url.href;
      case 'two states':
        searchParams.append('state', what);
        return url.href;
      case 'protocol':
        return pasted.replace('https:', what);
      case 'host':
        return pasted.replace('localhost', what);
      case 'port':
        return pasted.replace(':3456', `:${what}`);
      case 'path':
        return pasted.replace('/callback', what);
      default:
        return what + pasted;
    }
  }

  it(
    'a URL with another state, origin or path is a usage error that repeats neither code nor state',
    holds(
      fc.record({login, kind: mistakes}),
      async ({login: {state, code}, kind}) => {
        const right = address(REDIRECT_URI, [
          ['code', code],
          ['state', state],
        ]);
        const wrong = applyMistake(right, state, kind);
        const error = await errorOf(() => parseRedirect(wrong, {redirectUri: REDIRECT_URI, state}));
        expect(error?.code).to.equal('USAGE');
        const shown = JSON.stringify(error) + error!.stack;
        expect(shown).not.to.contain(code).and.not.contain(state);
        // Nor large parts of them.
        expect(shown).not.to.contain(code.slice(0, 16)).and.not.contain(state.slice(0, 16));
      },
      {runs: 3000},
    ),
  );

  it(
    'a URL with any characters lost, added or changed is a usage error, or still has its state',
    holds(
      fc.record({
        login,
        edits: fc.array(fc.record({at: fc.nat({max: 400}), removed: fc.nat({max: 3}), added: awkwardText}), {
          minLength: 1,
          maxLength: 3,
        }),
      }),
      async ({login: {state, code}, edits}) => {
        let text = address(REDIRECT_URI, [
          ['code', code],
          ['state', state],
        ]);
        for (const {at, removed, added} of edits) {
          const place = at % text.length;
          text = text.slice(0, place) + added + text.slice(place + removed);
        }
        const error = await errorOf(() => {
          const {parameters} = parseRedirect(text, {redirectUri: REDIRECT_URI, state});
          expect(parameters.getAll('state')).to.deep.equal([state]);
          expect(new URL(text.trim().replace(/^["'<\s]+/, '')).origin).to.equal('https://localhost:3456');
        });
        if (!error) return;
        expect(error.code).to.equal('USAGE');
        expect(JSON.stringify(error) + error.stack)
          .not.to.contain(code)
          .and.not.contain(state);
      },
      {runs: 3000},
    ),
  );

  it(
    'any other text is a usage error',
    holds(
      fc.oneof(
        awkwardText,
        fc.webUrl({withQueryParameters: true, withFragments: true}),
        fc.string({unit: 'binary', maxLength: 200}),
      ),
      async text => {
        const error = await errorOf(() =>
          parseRedirect(text, {redirectUri: REDIRECT_URI, state: 'a-state-of-ours'}),
        );
        expect(error?.code).to.equal('USAGE');
      },
    ),
  );
});
