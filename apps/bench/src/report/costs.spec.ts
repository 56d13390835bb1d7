import { describe, expect, it } from '@jest/globals';
import type { Measurement } from '../measuring/measurement.js';
import { costsOf } from './costs.js';

const MEGABYTE = 2 ** 20;

const run = (change: Partial<Measurement>): Measurement => ({
  executions: 1_000,
  milliseconds: 1_000,
  cpuMilliseconds: 0,
  statements: 0,
  writeTransactions: 0,
  peakBytes: 0,
  settings: {},
  ...change,
});

describe('the costs of a subject', () => {
  it('are medians over its rounds', () => {
    const measurements = [100, 300, 200].map((cpuMilliseconds) => run({ cpuMilliseconds }));
    expect(costsOf({ subject: 'A', measurements }).figures.cpuPerExecution).toBe(0.2);
  });

  it('hold the largest memory of any round', () => {
    const measurements = [100, 300, 200].map((peak) => run({ peakBytes: peak * MEGABYTE }));
    expect(costsOf({ subject: 'A', measurements }).figures.peakMegabytes).toBe(300);
  });
});
