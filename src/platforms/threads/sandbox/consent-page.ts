import type {SandboxResponse} from './responses.js';
import type {SandboxAccount} from './tokens.js';

const STYLE = `
:root { color-scheme: light dark; --page: #f4f4f5; --card: #fff; --text: #18181b; --soft: #52525b; --line: #d4d4d8;
  --notice: #fef3c7; --notice-text: #713f12; --action: #18181b; --action-text: #fff; }
@media (prefers-color-scheme: dark) { :root { --page: #0c0c0e; --card: #18181b; --text: #f4f4f5; --soft: #a1a1aa;
  --line: #3f3f46; --notice: #422006; --notice-text: #fde68a; --action: #f4f4f5; --action-text: #18181b; } }
* { box-sizing: border-box; }
body { margin: 0; padding: 1rem; background: var(--page); color: var(--text); font: 1rem/1.5 system-ui, sans-serif; }
main { max-width: 30rem; margin: 4vh auto; padding: 1.5rem; background: var(--card); border: 1px solid var(--line); border-radius: 1rem; }
.notice { margin: 0; padding: .75rem 1rem; background: var(--notice); color: var(--notice-text); border-radius: .5rem; }
h1 { margin: 1.5rem 0 .25rem; font-size: 1.375rem; line-height: 1.3; overflow-wrap: anywhere; }
p { margin: 0 0 1.25rem; color: var(--soft); }
code { font: .9em ui-monospace, monospace; overflow-wrap: anywhere; }
fieldset { margin: 0 0 1.25rem; padding: .25rem 1rem; border: 1px solid var(--line); border-radius: .5rem; }
legend { padding: 0 .375rem; font-weight: 600; }
label { display: flex; gap: .75rem; align-items: center; min-height: 2.75rem; overflow-wrap: anywhere; }
input { flex: none; width: 1.125rem; height: 1.125rem; accent-color: var(--action); }
small { color: var(--soft); font-size: .875rem; }
.decision { display: flex; gap: .75rem; }
button { flex: 1; min-height: 2.75rem; border: 1px solid var(--action); border-radius: .5rem; background: var(--action);
  color: var(--action-text); font: inherit; font-weight: 600; cursor: pointer; }
button[value=deny] { background: transparent; color: var(--text); }
:focus-visible { outline: 3px solid #2563eb; outline-offset: 2px; }
`;

/** Without `form-action`: Chromium would also apply it to the redirect that follows the form. */
const CONTENT_SECURITY_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; frame-ancestors 'none'";

/** What the page shows. `parameters` are those of the authorization request; the form sends them again. */
export interface ConsentRequest {
  appId: string;
  redirectUri: string;
  accounts: SandboxAccount[];
  scopes: string[];
  mandatoryScope: string;
  parameters: URLSearchParams;
}

/** A page, without scripts, that asks which account and which scopes to allow. */
export function consentPage(request: ConsentRequest): SandboxResponse {
  const hidden = ['client_id', 'redirect_uri', 'response_type', 'scope', 'state']
    .filter(name => request.parameters.has(name))
    .map(name => `<input type="hidden" name="${name}" value="${escapeHtml(request.parameters.get(name)!)}">`);
  const accounts = request.accounts.map(
    ({user_id, username, name}, index) =>
      `<label><input type="radio" name="account" value="${escapeHtml(user_id)}"${index === 0 ? ' checked' : ''}>
<span>@${escapeHtml(username)} <small>${escapeHtml(name)}</small></span></label>`,
  );
  const scopes = request.scopes.map(scope => {
    const mandatory = scope === request.mandatoryScope;
    return `<label><input type="checkbox" name="granted" value="${escapeHtml(scope)}" checked${mandatory ? ' disabled' : ''}>
<span><code>${escapeHtml(scope)}</code>${mandatory ? ' <small>required</small>' : ''}</span></label>`;
  });

  const body = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Allow access? (Sandbox, not Threads)</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
<main>
<p class="notice"><strong>This is the sandbox, not Threads.</strong> It runs on this computer, and its accounts are fictional.</p>
<h1>App ${escapeHtml(request.appId)} requests access</h1>
<p>Your decision is sent to <code>${escapeHtml(request.redirectUri)}</code></p>
<form method="post" action="/oauth/authorize">
${hidden.join('\n')}
<fieldset><legend>Account</legend>
${accounts.join('\n')}
</fieldset>
<fieldset><legend>Permissions</legend>
${scopes.join('\n')}
</fieldset>
<div class="decision">
<button name="decision" value="allow">Allow</button>
<button name="decision" value="deny">Deny</button>
</div>
</form>
</main>
</body>
</html>
`;
  const headers = {'content-security-policy': CONTENT_SECURITY_POLICY};
  return {status: 200, type: 'text/html; charset=utf-8', body, headers};
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`);
}
