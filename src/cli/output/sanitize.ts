import {stripVTControlCharacters} from 'node:util';

/**
 * Makes text from outside safe to print as a part of one line: removes what could move the cursor, recolor the
 * terminal or begin another line, and breaks up what a CI system would take as a command.
 */
export function sanitize(text: string): string {
  // Nearly all text is plain, and a list may have ten thousand rows.
  const line = /^[ -~]*$/.test(text) ? text : stripControlCharacters(text);
  if (!line.includes('::') && !line.includes('##')) return line;
  return line
    .replace(/^(\s*):(?=:)/, '$1: ') // GitHub: `::add-mask::`, only at the start of a line.
    .replaceAll(/#(?=#\w*\[)/g, '# '); // Anywhere in a line: GitHub's `##[add-mask]`, Azure's `##vso[`, TeamCity's.
}

function stripControlCharacters(text: string): string {
  return stripVTControlCharacters(text)
    .replaceAll(/[\t\n\v\f\r\p{Zl}\p{Zp}]+/gu, ' ')
    .replaceAll(/[\p{Cc}\p{Bidi_Control}]/gu, '');
}

/** Formats a value as JSON, in which text from outside is just as safe and still reads back unchanged. */
export function formatJson(value: unknown): string {
  const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(value, null, 2)
    .replaceAll(/[\u007f-\u009f\p{Zl}\p{Zp}\p{Bidi_Control}]/gu, escaped)
    .replaceAll(/#(?=#\w*\[)/g, escaped);
}
