import {createHash} from 'node:crypto';

/** What the browser is shown at the end: an HTTP status and a whole HTML document. */
export interface Page {
  status: number;
  html: string;
}

const STYLE = `
:root {
  color-scheme: light dark;
  --ground: #f3f4f6; --card: #ffffff; --line: #d9dce1; --text: #1b1f24; --quiet: #57606a;
  --good: #116329; --plain: #7d4e00; --bad: #a40e26;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0d1117; --card: #161b22; --line: #30363d; --text: #e6edf3; --quiet: #9aa4af;
    --good: #56d364; --plain: #e3b341; --bad: #ff8e87;
  }
}
* { box-sizing: border-box; margin: 0; }
body {
  min-height: 100vh; display: grid; place-items: center; padding: 1.25rem;
  background: var(--ground); color: var(--text);
  font: 1.0625rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
}
main {
  width: 100%; max-width: 30rem; padding: 2.25rem 2rem;
  background: var(--card); border: 1px solid var(--line); border-radius: 1rem;
  overflow-wrap: anywhere;
}
.mark {
  width: 3rem; height: 3rem; margin-bottom: 1.25rem; display: grid; place-items: center;
  border: 2px solid currentColor; border-radius: 50%; font-size: 1.5rem; line-height: 1;
}
.good { color: var(--good); } .plain { color: var(--plain); } .bad { color: var(--bad); }
h1 { font-size: 1.5rem; line-height: 1.25; margin-bottom: .75rem; text-wrap: balance; }
p + p, p + ul { margin-top: .75rem; }
ul { padding-left: 1.25rem; }
li + li { margin-top: .375rem; }
.quiet { color: var(--quiet); margin-top: 1.5rem; }
code {
  padding: .1em .35em; -webkit-box-decoration-break: clone; box-decoration-break: clone;
  border: 1px solid var(--line); border-radius: .375rem; background: var(--ground);
  font: .9em ui-monospace, SFMono-Regular, Menlo, Consolas, monospace;
}
`;

const styleHash = createHash('sha256').update(STYLE).digest('base64');

/** The headers of every response: nothing is kept, nothing is sent on, nothing but our style is run. */
export const RESPONSE_HEADERS = {
  'Cache-Control': 'no-store',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Content-Security-Policy':
    `default-src 'none'; style-src 'sha256-${styleHash}'; ` +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
} as const;

/**
 * The account is authorized and its credential is stored.
 *
 * @param outcome.account the account as people write it, such as `@name`
 * @param outcome.identifier the name under which the credential is kept
 * @param outcome.platform the platform's name as people write it, such as `Threads`
 */
export function successPage(outcome: {account: string; identifier: string; platform: string}): Page {
  return page(200, 'good', '✓', `${escaped(outcome.account)} is authorized`, [
    `<p>This ${escaped(outcome.platform)} account can now be used from the command line.</p>`,
    `<p>Its credential is kept under the name <code>${escaped(outcome.identifier)}</code>.</p>`,
    '<p class="quiet">You can close this window.</p>',
  ]);
}

/**
 * The person, or the platform, said no.
 *
 * @param outcome.reason the platform's reason, in its own words
 * @param outcome.command the command line that starts the login again
 */
export function refusedPage(outcome: {reason: string; command: string}): Page {
  return page(403, 'plain', '–', 'Not authorized', [
    '<p>Access was not granted, and nothing was stored.</p>',
    `<p>The reason given: ${escaped(outcome.reason)}</p>`,
    `<p>To try again, run <code>${escaped(outcome.command)}</code> in the terminal.</p>`,
    '<p class="quiet">You can close this window.</p>',
  ]);
}

/**
 * The login ended well in the browser, but what came after it failed.
 *
 * @param outcome.message what happened, as the terminal says it
 * @param outcome.suggestions what to do next, one sentence or command each
 */
export function failedPage(outcome: {message: string; suggestions: readonly string[]}): Page {
  const items = outcome.suggestions.map(suggestion => `<li>${escaped(suggestion)}</li>`);
  return page(500, 'bad', '✕', 'The authorization failed', [
    `<p>${escaped(outcome.message)}</p>`,
    ...(items.length > 0 ? ['<p>What to do next:</p>', `<ul>${items.join('')}</ul>`] : []),
    '<p class="quiet">The terminal says the same. You can close this window.</p>',
  ]);
}

function page(status: number, tone: string, symbol: string, title: string, body: string[]): Page {
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<div class="mark ${tone}" aria-hidden="true">${symbol}</div>
<h1>${title}</h1>
${body.join('\n')}
</main>
</body>
</html>
`;
  return {status, html};
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`);
}
