import {distance} from 'fastest-levenshtein';

/** Returns the known name that is closest to what was typed, if one is close enough. */
export function nearest(typed: string, known: readonly string[]): string | undefined {
  const [best] = known
    .map(name => ({name, steps: distance(typed, name)}))
    .filter(({name, steps}) => steps <= Math.max(1, Math.floor(name.length / 3)))
    .sort((one, other) => one.steps - other.steps);
  return best?.name;
}
