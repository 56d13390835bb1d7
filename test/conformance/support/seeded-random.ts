/** Chances that are the same in every run. */
export interface SeededRandom {
  /** A whole number from 0 (inclusive) to `limit` (exclusive). */
  below(limit: number): number;
  shuffled<T>(values: readonly T[]): T[];
}

/** @see https://en.wikipedia.org/wiki/Xorshift */
export function seededRandom(seed: number): SeededRandom {
  let state = seed;
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    below,
    shuffled(values) {
      const rest = [...values];
      return values.flatMap(() => rest.splice(below(rest.length), 1));
    },
  };
}
