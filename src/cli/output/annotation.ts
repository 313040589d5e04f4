import {sanitize} from './sanitize.js';

/**
 * Shows an error or a warning on the page of a GitHub Actions run and in its log (GitHub: "Workflow
 * commands"). The runner reads these lines from stderr as well as from stdout.
 */
export function annotate(kind: 'error' | 'warning', title: string, lines: string[]): void {
  process.stderr.write(
    `::${kind} title=${escapeProperty(title)}::${escapeMessage(lines.map(sanitize).join('\n'))}\n`,
  );
}

export function isGitHubActions(env: NodeJS.ProcessEnv): boolean {
  return env.GITHUB_ACTIONS === 'true';
}

function escapeMessage(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeMessage(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
