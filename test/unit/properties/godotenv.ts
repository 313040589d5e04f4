/**
 * Reads quoted values by the rules of github.com/joho/godotenv v1.5, with which `gh secret set -f -` reads:
 *
 * - A value goes to the next quote of its kind before which no backslash stands, over line breaks too; the
 *   outer quotes are cut off, however many.
 * - Between double quotes \n and \r are line breaks, other backslashes vanish except before a dollar, and
 *   variables are put in.
 *
 * Throws where that reader reports an error, and at values without quotes, which we never write.
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
    variables[name] = quote === '"' ? expanded(unescaped(value), variables) : value;
    rest = rest.slice(end + 1);
  }
}

function endOfQuoted(text: string, quote: string): number {
  for (let at = 1; at < text.length; at++) {
    if (text[at] === quote && text[at - 1] !== '\\') return at;
  }
  throw new Error('unterminated quoted value');
}

function unescaped(text: string): string {
  return text
    .replaceAll(/\\./g, pair => ({'\\n': '\n', '\\r': '\r'})[pair] ?? pair)
    .replaceAll(/\\([^$])/gs, '$1');
}

function expanded(text: string, variables: Record<string, string>): string {
  return text.replaceAll(/(\\)?\$(\()?\{?([A-Z0-9_]+)?\}?/g, (match, backslash, parenthesis, name) => {
    if (backslash || parenthesis) return match.slice(1);
    return name ? (variables[name] ?? process.env[name] ?? '') : match;
  });
}
