import { describe, expect, it } from '@jest/globals';
import { inTurns, ratioOf, type Measured } from './compare.js';
import type { Measurement } from './measurement.js';

const took = (milliseconds: number): Measurement => ({
  executions: 1,
  milliseconds,
  cpuMilliseconds: 0,
  statements: 0,
  writeTransactions: 0,
  peakBytes: 0,
  settings: {},
});

/** Each takes as many milliseconds as runs were asked for until then, of anybody. */
function participants(names: readonly string[]): { order: string[]; measured: Measured[] } {
  const order: string[] = [];
  const measured = names.map((name) => ({
    run: () => Promise.resolve(took(order.push(name))),
  }));
  return { order, measured };
}

describe('measuring in turns', () => {
  it('lets each run once in a round, and goes backwards in every other one', async () => {
    const { order, measured } = participants(['A', 'B', 'C']);
    await inTurns(measured, 3);
    expect(order).toEqual(['A', 'B', 'C', 'C', 'B', 'A', 'A', 'B', 'C']);
  });

  it('tells the measurements of each by round, in whichever order they ran', async () => {
    const { measured } = participants(['A', 'B']);
    const [a, b] = await inTurns(measured, 2);
    expect(a).toEqual([took(1), took(4)]);
    expect(b).toEqual([took(2), took(3)]);
  });
});

describe('a ratio', () => {
  it('is taken within each round', () => {
    const found = ratioOf('milliseconds', [took(1), took(30)], [took(2), took(10)]);
    expect(found).toMatchObject({ lower: 0.5, upper: 3, samples: 2 });
  });
});
