// Applies the change that a mutant describes to the text of a file.

/** The text a mutant looks for is not there once: the code has moved on without it. */
export class StaleMutant extends Error {}

/**
 * @param {string} text
 * @param {import('./named-tests.mjs').Hunk[]} hunks
 * @returns {string}
 */
export function mutate(text, hunks) {
  return hunks.reduce(replaceOnce, text);
}

function replaceOnce(text, hunk) {
  const words = hunk.old.trim().split(/\s+/);
  const pattern = new RegExp(words.map(escaped).join('\\s+'), 'g');
  const matches = [...text.matchAll(pattern)];
  if (words[0] === '' || matches.length !== 1)
    throw new StaleMutant(`found ${matches.length} times, not once: ${words.join(' ')}`);
  const [{ index, 0: found }] = matches;
  return text.slice(0, index) + hunk.new.trimEnd() + text.slice(index + found.length);
}

const escaped = (word) => word.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
