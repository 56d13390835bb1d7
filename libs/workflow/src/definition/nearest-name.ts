import { distance } from 'fastest-levenshtein';

/** `Did you mean "x"? ` for the candidate that is a likely misspelling, else an empty string. */
export function suggestion(name: string, candidates: readonly string[]): string {
  const ranked = candidates
    .map((candidate) => ({ candidate, edits: distance(name, candidate) }))
    .sort((a, b) => a.edits - b.edits);
  const best = ranked[0];
  return best && best.edits <= Math.max(2, Math.floor(name.length / 3))
    ? ` Did you mean "${best.candidate}"?`
    : '';
}

/** `"a", "b"`, or `none`. */
export const quoted = (names: readonly string[]): string =>
  names.length === 0 ? 'none' : names.map((name) => `"${String(name)}"`).join(', ');
