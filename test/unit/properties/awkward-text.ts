import fc from 'fast-check';

/** Characters and texts that have a special meaning to some parser. */
const AWKWARD = [
  ...'\'"`\\$#=:;&|<>(){}[]!*?~%^@,.-_/ \t\n\r\v\f\0',
  '\u0085',
  '\u00a0',
  '\u2028',
  '\u2029',
  '\ufeff',
  '\u200b',
  'ä',
  '🪲',
  '\x1b[2J',
  '$HOME',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: shell syntax
  '${HOME}',
  '$(id)',
  '\\n',
  "\\'",
  '\\"',
  '\r\n',
  'export ',
  'END_OF_SECRETS',
  'THREADS_APP_ID=',
];

const secret = fc.stringMatching(/^[A-Za-z0-9_-]{1,40}$/);

/** Few different characters, so that the worst combinations occur. */
const quoting = fc.string({unit: fc.constantFrom(...'\'"\\# $a'), maxLength: 4});

/** Any text, mostly of a kind that breaks a careless reader or writer. */
export const awkwardText = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .array(fc.oneof(fc.constantFrom(...AWKWARD), secret), {maxLength: 8})
      .map(parts => parts.join('')),
  },
  {weight: 4, arbitrary: quoting},
  {weight: 1, arbitrary: fc.string({unit: 'binary', maxLength: 30})},
  {weight: 1, arbitrary: fc.string({unit: 'binary-ascii', maxLength: 30})},
  {weight: 1, arbitrary: secret},
);
