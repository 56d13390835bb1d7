/** The middle of a sample, and where the middle of what it was drawn from lies. */
export interface Estimate {
  readonly median: number;
  readonly lower: number;
  readonly upper: number;
  /** Probability that the interval holds the true median; `CONFIDENCE` or more from six values on. */
  readonly confidence: number;
  readonly samples: number;
}

/** What is asked of an interval before anything is concluded from it. */
export const CONFIDENCE = 0.95;

/** The value below which such a share of a sample lies. */
export function quantile(sample: readonly number[], share: number): number {
  const sorted = [...sample].sort((a, b) => a - b);
  const position = (sorted.length - 1) * share;
  const below = sorted[Math.floor(position)] ?? Number.NaN;
  const above = sorted[Math.ceil(position)] ?? Number.NaN;
  return below + (above - below) * (position - Math.floor(position));
}

export const median = (sample: readonly number[]): number => quantile(sample, 0.5);

/**
 * The median with the narrowest pair of order statistics that holds the true one with a confidence
 * of 95 %. It assumes nothing about how the values are spread.
 */
export function estimate(sample: readonly number[]): Estimate {
  const sorted = [...sample].sort((a, b) => a - b);
  const { length } = sorted;
  let rank = 0;
  while (2 * (rank + 1) < length && coverage(length, rank + 1) >= CONFIDENCE) rank += 1;
  return {
    median: median(sorted),
    lower: sorted[rank] ?? Number.NaN,
    upper: sorted[length - 1 - rank] ?? Number.NaN,
    confidence: coverage(length, rank),
    samples: length,
  };
}

/** How probably the true median lies between the values of this rank from below and from above. */
function coverage(samples: number, rank: number): number {
  let outside = 0;
  let ways = 1;
  for (let below = 0; below <= rank; below += 1) {
    outside += ways;
    ways = (ways * (samples - below)) / (below + 1);
  }
  return Math.max(0, 1 - (2 * outside) / 2 ** samples);
}

/** How much the values of a series grow from one to the next, by least squares. */
export function slope(series: readonly number[]): number {
  const middle = (series.length - 1) / 2;
  const mean = series.reduce((sum, value) => sum + value, 0) / series.length;
  let covariance = 0;
  let variance = 0;
  for (const [index, value] of series.entries()) {
    covariance += (index - middle) * (value - mean);
    variance += (index - middle) ** 2;
  }
  return covariance / variance;
}
