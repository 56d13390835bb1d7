import { describe, expect, it } from '@jest/globals';
import type { Estimate } from './statistics.js';
import { verdictOn } from './verdict.js';

const between = (lower: number, upper: number): Estimate => ({
  lower,
  median: (lower + upper) / 2,
  upper,
  confidence: 0.95,
  samples: 20,
});

describe('the verdict', () => {
  it('on what must be at least so much counts the lower end', () => {
    const bound = { at: 'least', value: 0.5 } as const;
    expect(verdictOn(bound, between(0.5, 0.9))).toBe('holds');
    expect(verdictOn(bound, between(0.49, 0.9))).toBe('does not hold');
  });

  it('on what must be at most so much counts the upper end', () => {
    const bound = { at: 'most', value: 1.5 } as const;
    expect(verdictOn(bound, between(1, 1.5))).toBe('holds');
    expect(verdictOn(bound, between(1, 1.51))).toBe('does not hold');
  });

  it('is that nothing can be said where the code differs from itself by more than the margin', () => {
    const bound = { at: 'least', value: 0.9 } as const;
    expect(verdictOn(bound, between(0.95, 1), between(0.96, 1.04))).toBe('holds');
    expect(verdictOn(bound, between(0.95, 1), between(0.94, 1.06))).toBe('not measurable here');
    expect(verdictOn(bound, between(0.5, 0.6), between(0.94, 1.06))).toBe('not measurable here');
  });
});
