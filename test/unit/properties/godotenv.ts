/**
 * Reads quoted values by the rules of github.com/joho/godotenv v1.5, which `gh secret set -f -` uses:
 *
 * - A value ends at the next matching quote without a backslash before it, across line breaks too; all outer
 *   quotes are removed, however many.
 * - Between double quotes, \n and \r are line breaks, other backslashes are dropped except before a dollar
 *   sign, and variables are expanded.
 *
 * Throws where godotenv reports an error, and for values without quotes, which are never written.
 */
export function parseAsGodotenv(text: string): Record<string, string> {
  const variables: Record<string, string> = {};
  let rest = text.replaceAll('\r\n', '\n');
  for (;;) {
    rest = rest.replace(/^(?:[\s\u0085]|#[^\n]*)*/u, '');
    if (rest === '') return variables;
    const [start, name, quote] =
      /^(?:export[ \t]+)?([\p{L}\p{N}_.]+)[ \t]*[=:][ \t]*(['"])/u.exec(rest) ?? [];
    if (!start || !name || !quote) throw new Error('unexpected character in variable name');
    rest = rest.slice(start.length - 1);
    const end = endOfQuoted(rest, quote);
    const value = rest.slice(0, end).replace(new RegExp(`^${quote}+|${quote}+$`, 'g'), '');
    variables[name] = quote === '"' ? expandVariables(removeEscapes(value), variables) : value;
    rest = rest.slice(end + 1);
  }
}

function endOfQuoted(text: string, quote: string): number {
  for (let at = 1; at < text.length; at++) {
    if (text[at] === quote && text[at - 1] !== '\\') return at;
  }
  throw new Error('unterminated quoted value');
}

function removeEscapes(text: string): string {
  return text
    .replaceAll(/\\./g, pair => ({'\\n': '\n', '\\r': '\r'})[pair] ?? pair)
    .replaceAll(/\\([^$])/gs, '$1');
}

function expandVariables(text: string, variables: Record<string, string>): string {
  return text.replaceAll(/(\\)?\$(\()?\{?([A-Z0-9_]+)?\}?/g, (match, backslash, parenthesis, name) => {
    if (backslash || parenthesis) return match.slice(1);
    return name ? (variables[name] ?? process.env[name] ?? '') : match;
  });
}
