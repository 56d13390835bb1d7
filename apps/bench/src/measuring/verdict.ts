import { CONFIDENCE, type Estimate } from './statistics.js';

/** What a figure must be. */
export interface Bound {
  readonly at: 'least' | 'most';
  readonly value: number;
  /** How far from 1 the ratio of the code to itself may be; as far as the bound is if absent. */
  readonly margin?: number;
}

export type Verdict = 'holds' | 'does not hold' | 'not measurable here';

/** The end of the interval that speaks against whoever wants the bound to hold. */
export const countingEnd = (at: Bound['at']): 'lower' | 'upper' =>
  at === 'least' ? 'lower' : 'upper';

/**
 * Whether an estimate holds a bound. Too few values conclude nothing.
 *
 * @param control the ratio of the code to itself, which is 1; where either end of its interval is
 * further from that than the margin, a ratio says nothing
 */
export function verdictOn(bound: Bound, found: Estimate, control?: Estimate): Verdict {
  if (found.confidence < CONFIDENCE) return 'not measurable here';
  if (control && distanceFromOne(control) > marginOf(bound)) return 'not measurable here';
  const counts = found[countingEnd(bound.at)];
  const holds = bound.at === 'least' ? counts >= bound.value : counts <= bound.value;
  return holds ? 'holds' : 'does not hold';
}

export const marginOf = ({ value, margin = Math.abs(value - 1) }: Bound): number => margin;

const distanceFromOne = ({ lower, upper }: Estimate): number =>
  Math.max(Math.abs(lower - 1), Math.abs(upper - 1));
