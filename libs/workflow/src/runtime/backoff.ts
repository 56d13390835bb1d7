import type { Random } from './random.js';

/** Between which lengths the waits of somebody grow who tries again. Milliseconds. */
export interface BackoffRange {
  readonly shortest: number;
  readonly longest: number;
}

/**
 * Milliseconds to wait after so many failures in a row: doubled with each, and spread, so that those
 * who failed together do not come back together.
 */
export const backoff = (
  failures: number,
  { shortest, longest }: BackoffRange,
  random: Random,
): number => Math.min(longest, shortest * 2 ** (failures - 1)) * (0.5 + random.next() / 2);
