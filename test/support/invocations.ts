/** The command as a page writes it: the words after its name, quotes removed. */
export interface Invocation {
  words: string[];
  /** In the running text rather than in a block: naming a command without its flags is no call of it. */
  inText: boolean;
}

/** What may follow the command's name wherever it stands; anything else only where a shell would run it. */
type IsKnown = (word: string) => boolean;

const SHELLS = new Set(['', 'sh', 'shell', 'bash', 'console', 'yaml', 'yml', 'ini', 'text']);

/** Every call of the command `name` in the code of a Markdown page: blocks and code within the text. */
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

/** Every call of the command in the lines of a shell, of a systemd unit, or of steps of a CI. */
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

/** The words of one command as a shell reads them, up to where it ends: a pipe, a redirection, a bracket, a comment. */
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
