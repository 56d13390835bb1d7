import { describe, expect, it } from '@jest/globals';
import type { Measurement } from '../measuring/measurement.js';
import { Trials } from './trials.js';

const tookFor = (milliseconds: number): Measurement => ({
  executions: 1_000,
  milliseconds,
  cpuMilliseconds: 0,
  statements: 0,
  writeTransactions: 0,
  peakBytes: 0,
  settings: {},
});

/** A stage on which each takes its own time. */
function stageOf(milliseconds: Readonly<Record<string, number>>) {
  const measured: (readonly string[])[] = [];
  return {
    measured,
    measure: (subjects: readonly string[]) => {
      measured.push(subjects);
      return Promise.resolve(
        subjects.map((subject) => ({
          subject,
          measurements: [tookFor(milliseconds[subject] ?? Number.NaN)],
        })),
      );
    },
  };
}

describe('a trial', () => {
  it('finds the fastest variant, and tells the speed of all', async () => {
    const trials = new Trials(stageOf({ slow: 1_000, fast: 500 }), { floor: ['slow', 'fast'] });
    expect(await trials.bestOf('floor')).toBe('fast');
    expect(trials.results()).toEqual([
      {
        floor: 'floor',
        best: 'fast',
        ranked: [
          { subject: 'fast', executionsPerSecond: 2_000 },
          { subject: 'slow', executionsPerSecond: 1_000 },
        ],
      },
    ]);
  });

  it('is held once', async () => {
    const stage = stageOf({ slow: 1_000, fast: 500 });
    const trials = new Trials(stage, { floor: ['slow', 'fast'] });
    await trials.bestOf('floor');
    await trials.bestOf('floor');
    expect(stage.measured).toEqual([['slow', 'fast']]);
  });

  it('is not held of what has no variants', async () => {
    const stage = stageOf({});
    const trials = new Trials(stage, {});
    expect(await trials.bestOf('floor')).toBe('floor');
    expect(stage.measured).toEqual([]);
    expect(trials.results()).toEqual([]);
  });
});
