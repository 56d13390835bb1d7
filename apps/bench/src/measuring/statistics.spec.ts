import { describe, expect, it } from '@jest/globals';
import { estimate, median, quantile, slope } from './statistics.js';

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

describe('a quantile', () => {
  it('lies between the values around it', () => {
    expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5);
    expect(quantile([4, 1, 3, 2], 0)).toBe(1);
    expect(quantile([4, 1, 3, 2], 1)).toBe(4);
    expect(quantile(upTo(101), 0.99)).toBe(100);
  });

  it('leaves its sample as it was', () => {
    const sample = [3, 1, 2];
    median(sample);
    expect(sample).toEqual([3, 1, 2]);
  });
});

describe('the interval of a median', () => {
  // Ranks of the tables of the sign test: between the 6th and the 15th of 20, the 2nd and 9th of 10.
  it.each([
    [20, 6, 15, 0.9586],
    [10, 2, 9, 0.9785],
    [6, 1, 6, 0.9688],
  ])('of %d values goes from the %dth to the %dth', (samples, lower, upper, confidence) => {
    const found = estimate(upTo(samples).reverse());
    expect(found).toMatchObject({ lower, upper, samples, median: (samples + 1) / 2 });
    expect(found.confidence).toBeCloseTo(confidence, 4);
  });

  it('says how little so few values tell', () => {
    const found = estimate([7, 5, 6]);
    expect(found).toMatchObject({ lower: 5, median: 6, upper: 7, confidence: 0.75 });
  });

  it('of one value holds nothing', () => {
    expect(estimate([7])).toMatchObject({ lower: 7, median: 7, upper: 7, confidence: 0 });
  });

  it('is not moved by one value that is far away', () => {
    const calm = estimate(upTo(20));
    const stalled = estimate([...upTo(19), 1_000_000]);
    expect(stalled).toEqual(calm);
  });
});

describe('a slope', () => {
  it('is what a line grows by', () => {
    expect(slope([10, 13, 16, 19, 22])).toBeCloseTo(3);
  });

  it('is that of the line nearest to the values', () => {
    expect(slope([0, 2, 1, 3])).toBeCloseTo(0.8);
    expect(slope([5, 5, 5])).toBe(0);
  });
});
