import type {Config} from '@oclif/core/config';

/** A word that may replace the last one on the command line; shells may show `text` beside it. */
export interface Candidate {
  value: string;
  text: string;
}

interface CompletionFlag {
  name: string;
  char?: string;
  summary?: string | undefined;
  type: 'option' | 'boolean';
  options?: readonly string[];
  multiple?: boolean;
  hidden?: boolean;
  allowNo?: boolean;
}

type KnownCommand = Pick<Config['commands'][number], 'id' | 'summary' | 'hidden' | 'flags' | 'args'>;

export interface Known {
  commands: readonly KnownCommand[];
  topics: readonly {name: string; description?: string | undefined}[];
  platforms: readonly string[];
  /** Returns the identifiers stored for a platform, or for all. */
  identifiers: (platform: string | undefined) => Promise<string[]>;
  /** The fields of a credential. */
  fields: readonly string[];
}

/**
 * Returns the candidates for the last word, which may be empty, from the manifest and the store. `words` is
 * the command line after the program's name.
 */
export async function completionCandidates(words: readonly string[], known: Known): Promise<Candidate[]> {
  const {before, current, prefix} = lastWord(words);
  if (before.includes('--')) return [];
  const candidates = await candidatesFor(before, current, known);
  return candidates
    .filter(({value}) => value.startsWith(current))
    .map(({value, text}) => ({value: prefix + value, text}));
}

/** Splits off the word to complete. In `--flag=val` that is `val`; bash passes it as three words. */
function lastWord(words: readonly string[]): {before: string[]; current: string; prefix: string} {
  const before = words.filter(word => word !== '=');
  const current = words.at(-1) === '=' ? '' : (before.pop() ?? '');
  const [, flag, value] = /^(--[\w-]+)=(.*)$/s.exec(current) ?? [];
  return flag === undefined
    ? {before, current, prefix: ''}
    : {before: [...before, flag], current: value!, prefix: `${flag}=`};
}

async function candidatesFor(before: string[], current: string, known: Known): Promise<Candidate[]> {
  const command = commandOf(before, known.commands);
  if (!command) return nextParts(before, known);
  const flags = Object.values(command.flags) as CompletionFlag[];
  const pending = flags.find(flag => flag.type === 'option' && isNamed(flag, before.at(-1)));
  if (pending) return valuesOf(pending, before, known);
  if (current.startsWith('-')) return unusedFlags(flags, before);
  const args = Object.values(command.args);
  // No candidates for a file: the shell then completes its name.
  if (args.length > 0) return args.flatMap(arg => arg.options ?? []).map(value => ({value, text: ''}));
  return unusedFlags(flags, before);
}

function commandOf(words: string[], commands: Known['commands']): KnownCommand | undefined {
  const id = words.slice(0, 3).join(':');
  return commands
    .filter(command => id === command.id || id.startsWith(`${command.id}:`))
    .sort((one, other) => other.id.length - one.id.length)[0];
}

/** Returns the topics and commands one level below the words. */
function nextParts(words: string[], {commands, topics}: Known): Candidate[] {
  const above = words.map(word => `${word}:`).join('');
  const entries = [
    ...topics.map(({name, description = ''}) => ({name, text: description})),
    ...commands.filter(each => !each.hidden).map(({id, summary = ''}) => ({name: id, text: summary})),
  ];
  const below = entries
    .filter(({name}) => name.startsWith(above) && !name.slice(above.length).includes(':'))
    .map(({name, text}) => [name.slice(above.length), text] as const);
  // oclif lists some commands as topics too.
  return [...new Map(below)].map(([value, text]) => ({value, text}));
}

async function valuesOf(flag: CompletionFlag, before: string[], known: Known): Promise<Candidate[]> {
  const values = async () => {
    if (flag.options) return flag.options;
    if (flag.name === 'platform') return known.platforms;
    if (flag.name === 'field') return known.fields;
    if (flag.name === 'identifier') return known.identifiers(platformIn(before));
    return [];
  };
  return (await values()).map(value => ({value, text: ''}));
}

function platformIn(words: string[]): string | undefined {
  const flag = words.findIndex(word => word === '--platform' || word === '-p');
  return flag < 0 ? undefined : words[flag + 1];
}

function unusedFlags(flags: CompletionFlag[], before: string[]): Candidate[] {
  return flags
    .filter(flag => !flag.hidden && (flag.multiple || !before.some(word => isNamed(flag, word))))
    .flatMap(({name, summary, allowNo}) =>
      [`--${name}`, ...(allowNo ? [`--no-${name}`] : [])].map(value => ({value, text: summary ?? ''})),
    );
}

function isNamed({name, char}: CompletionFlag, word: string | undefined): boolean {
  return word === `--${name}` || word === `--no-${name}` || (char !== undefined && word === `-${char}`);
}
