import type { Estimate } from './statistics.js';

/** What a figure must be. */
export interface Bound {
  readonly at: 'least' | 'most';
  readonly value: number;
}

export type Verdict = 'holds' | 'does not hold' | 'not measurable here';

/** The end of the interval that speaks against whoever wants the bound to hold. */
export const countingEnd = (at: Bound['at']): 'lower' | 'upper' =>
  at === 'least' ? 'lower' : 'upper';

/**
 * Whether an estimate holds a bound.
 *
 * @param control the ratio of the code to itself; where its interval is wider than what lies between
 * the bound and equality, a ratio says nothing
 */
export function verdictOn({ at, value }: Bound, found: Estimate, control?: Estimate): Verdict {
  if (control && control.upper - control.lower > Math.abs(value - 1)) return 'not measurable here';
  const counts = found[countingEnd(at)];
  return (at === 'least' ? counts >= value : counts <= value) ? 'holds' : 'does not hold';
}
