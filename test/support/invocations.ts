/** A call of the command in a page: the words after its name, without quotes. */
export interface Invocation {
  words: string[];
  /** Found in running text, where a command may be named without its flags, rather than in a code block. */
  inText: boolean;
}

/** Reports whether a word may follow the command's name anywhere; others may only where a shell would run it. */
type IsKnown = (word: string) => boolean;

const SHELLS = new Set(['', 'sh', 'shell', 'bash', 'console', 'yaml', 'yml', 'ini', 'text']);

/** Returns every call of the command `name` in the code blocks and inline code of a Markdown page. */
export function invocationsInPage(page: string, name: string, isKnown: IsKnown): Invocation[] {
  const found: Invocation[] = [];
  const text = page.replaceAll(/^ *(?:[-*] |\d+\. )?```([^\n]*)\n(.*?)^ *```$/gms, (_, info, code) => {
    if (SHELLS.has(info.trim())) found.push(...invocationsIn(code, name, isKnown));
    return '';
  });
  for (const [, , code] of text.matchAll(/(`+)(.+?)\1(?!`)/gs)) {
    found.push(...invocationsIn(code!, name, isKnown).map(each => ({...each, inText: true})));
  }
  return found;
}

/** Returns every call of the command in a shell script, a systemd unit or the steps of a CI job. */
export function invocationsIn(code: string, name: string, isKnown: IsKnown): Invocation[] {
  const joined = code.replaceAll(/\\\n\s*/g, '');
  const starts = joined.matchAll(new RegExp(`(?<=^|[\\s("'\`=])${name}(?= +(\\S+))`, 'gm'));
  return [...starts].flatMap(({index, 1: word}) => {
    const before = joined.slice(0, index);
    const isRun = /(?:^|[|;&({]|\b(?:do|then|else|if|until|while|!)|^ *\$|- (?:run:|name:)?)\s*$/m.test(
      before,
    );
    if (!isRun && !isKnown(word!.replace(/["'`)].*$/, ''))) return [];
    return [{words: readWords(joined.slice(index + name.length)), inText: false}];
  });
}

/** Splits a command into words as a shell does, up to a pipe, redirection, bracket or comment. */
export function readWords(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let rest = line;
  const take = (pattern: RegExp) => {
    const match = pattern.exec(rest);
    if (match) rest = rest.slice(match[0].length);
    return match;
  };
  for (;;) {
    const quoted = take(/^'([^'\n]*)'/) ?? take(/^"((?:\\.|\$\([^)]*\)|[^"\\\n])*)"/);
    const plain = quoted
      ? undefined
      : (take(/^\$\([^)]*\)/) ?? take(/^\\(.)/) ?? take(/^[^\s'"`|;&<>()\\]+/));
    if (quoted) word = (word ?? '') + quoted[1];
    else if (plain) word = (word ?? '') + (plain[1] ?? plain[0]);
    else {
      // `2>` is a redirection, not a word.
      if (word !== undefined && !(rest.startsWith('>') && /^\d$/.test(word))) words.push(word);
      word = undefined;
      if (!take(/^ +(?!#)/)) return words;
    }
  }
}
