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

  describe('with a control', () => {
    const bound = { at: 'least', value: 0.9 } as const;

    it('is that nothing can be said where either end of it is further from 1 than the bound', () => {
      expect(verdictOn(bound, between(0.95, 1), between(0.91, 1.09))).toBe('holds');
      expect(verdictOn(bound, between(0.95, 1), between(0.89, 1.01))).toBe('not measurable here');
      expect(verdictOn(bound, between(0.95, 1), between(0.99, 1.11))).toBe('not measurable here');
      expect(verdictOn(bound, between(0.5, 0.6), between(0.99, 1.11))).toBe('not measurable here');
    });

    it('is that nothing can be said where it is narrow but not around 1', () => {
      expect(verdictOn(bound, between(0.95, 1), between(0.8, 0.81))).toBe('not measurable here');
    });

    it('goes by the margin of the bound where it has one', () => {
      const far = { at: 'most', value: 3, margin: 0.25 } as const;
      expect(verdictOn(far, between(1.8, 2), between(0.8, 1.2))).toBe('holds');
      expect(verdictOn(far, between(1.8, 2), between(0.7, 1.2))).toBe('not measurable here');
    });
  });

  it('is that nothing can be said after fewer runs than an interval needs', () => {
    const bound = { at: 'most', value: 1.5 } as const;
    const few = { ...between(1, 1.1), samples: 5, confidence: 0.9375 };
    expect(verdictOn(bound, few)).toBe('not measurable here');
    expect(verdictOn(bound, { ...few, upper: 2 })).toBe('not measurable here');
  });
});
