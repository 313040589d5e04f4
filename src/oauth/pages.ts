import {createHash} from 'node:crypto';

/** The last page that the browser shows: an HTTP status and a complete HTML document. */
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
a { color: inherit; }
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

/** The headers of every response: no caching, no referrer, no framing, and no content except our style sheet. */
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
 * Reports that the login succeeded and the credential is stored.
 *
 * @param outcome.account the account as people write it, such as `@name`
 * @param outcome.identifier the name of the stored credential
 * @param outcome.platform the display name of the platform
 */
export function successPage(outcome: {account: string; identifier: string; platform: string}): Page {
  return renderPage({
    status: 200,
    tone: 'good',
    symbol: '✓',
    title: `Logged in as ${escapeHtml(outcome.account)}`,
    body: [
      `<p>You can now use this ${escapeHtml(outcome.platform)} account from the command line.</p>`,
      `<p>The credential is stored as <code>${escapeHtml(outcome.identifier)}</code>.</p>`,
      '<p class="quiet">You can close this window.</p>',
    ],
  });
}

/**
 * Reports that the person or the platform denied access.
 *
 * @param outcome.reason the platform's own description of the reason
 * @param outcome.command the command that starts the login again
 */
export function refusedPage(outcome: {reason: string; command: string}): Page {
  return renderPage({
    status: 403,
    tone: 'plain',
    symbol: '–',
    title: 'Access denied',
    body: [
      '<p>You are not logged in, and nothing was stored.</p>',
      `<p>Reason: ${escapeHtml(outcome.reason)}</p>`,
      `<p>To try again, run <code>${escapeHtml(outcome.command)}</code> in your terminal.</p>`,
      '<p class="quiet">You can close this window.</p>',
    ],
  });
}

/**
 * Reports a failure after the login succeeded in the browser.
 *
 * @param outcome.message what happened, as shown in the terminal
 * @param outcome.suggestions the next steps, one sentence or command each
 */
export function failedPage(outcome: {message: string; suggestions: readonly string[]}): Page {
  const items = outcome.suggestions.map(suggestion => `<li>${escapeHtml(suggestion)}</li>`);
  return renderPage({
    status: 500,
    tone: 'bad',
    symbol: '✕',
    title: 'Login failed',
    body: [
      `<p>${escapeHtml(outcome.message)}</p>`,
      ...(items.length > 0 ? ['<p>What to do next:</p>', `<ul>${items.join('')}</ul>`] : []),
      '<p class="quiet">Your terminal shows the same message. You can close this window.</p>',
    ],
  });
}

/** Explains that a request is not the answer that the login waits for. */
export function strayPage(status: number, message: string): Page {
  return renderPage({
    status,
    tone: 'plain',
    symbol: '–',
    title: 'This does not complete the login',
    body: [
      `<p>${escapeHtml(message).replace(/`([^`]+)`/g, '<code>$1</code>')}</p>`,
      '<p>To log in, open the address that your terminal shows.</p>',
      '<p class="quiet">This request changed nothing.</p>',
    ],
  });
}

/** Refuses the answer to a login that another user of the machine sends. */
export function otherUserPage(): Page {
  return renderPage({
    status: 403,
    tone: 'plain',
    symbol: '–',
    title: 'This login belongs to another user',
    body: [
      '<p>The request came from another user of this machine, so it changed nothing.</p>',
      '<p>If the login is yours, copy the full address of this page and paste it into your terminal.</p>',
    ],
  });
}

/** Returns a page that leads to a URL at once, to be opened from a file. */
export function redirectPage(url: string): string {
  const target = escapeHtml(url);
  return renderPage({
    status: 200,
    tone: 'plain',
    symbol: '→',
    title: 'Opening the login page',
    head: `<meta name="referrer" content="no-referrer">\n<meta http-equiv="refresh" content="0; url=${target}">`,
    body: [`<p><a href="${target}">Continue to the login page</a></p>`],
  }).html;
}

/** Fills in the template. `title`, `head` and `body` are HTML. */
function renderPage({
  status,
  tone,
  symbol,
  title,
  head = '',
  body,
}: {
  status: number;
  tone: 'good' | 'plain' | 'bad';
  symbol: string;
  title: string;
  head?: string;
  body: string[];
}): Page {
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
${head}<style>${STYLE}</style>
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

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`);
}
