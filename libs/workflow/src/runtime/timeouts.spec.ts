import { beforeEach, describe, expect, it } from '@jest/globals';
import { VirtualClock } from '../../../../test/support/virtual-clock.js';
import { Timeouts } from './timeouts.js';

describe('timeouts', () => {
  let clock: VirtualClock;
  let timeouts: Timeouts;
  let expired: string[];

  const begin = (name: string, delay: number) =>
    timeouts.schedule(delay, () => {
      expired.push(`${name} at ${clock.monotonic()}`);
    });

  beforeEach(() => {
    clock = new VirtualClock();
    timeouts = new Timeouts(clock);
    expired = [];
  });

  it('of one length share one timer, and each expires at its own moment', async () => {
    begin('a', 100);
    await clock.advance(30);
    begin('b', 100);
    begin('c', 100);
    expect(clock.pending).toHaveLength(1);

    await clock.advance(100);

    expect(expired).toEqual(['a at 100', 'b at 130', 'c at 130']);
    expect(clock.pending).toEqual([]);
  });

  it('of different lengths do not wait for each other', async () => {
    begin('long', 1_000);
    begin('short', 10);

    await clock.advance(1_000);

    expect(expired).toEqual(['short at 10', 'long at 1000']);
  });

  it('that are cancelled do not expire, and leave no timer behind', async () => {
    const first = begin('first', 100);
    const second = begin('second', 100);
    begin('third', 100);
    first();
    second();
    second();

    await clock.advance(100);

    expect(expired).toEqual(['third at 100']);
    begin('fourth', 100)();
    expect(clock.pending).toEqual([]);
  });

  it('that begin where another one expires share its timer, and leave none behind', async () => {
    const again = (rest: number): void => {
      timeouts.schedule(100, () => {
        if (rest > 0) again(rest - 1);
        // The lane is empty for a moment, and then it is not.
        timeouts.schedule(100, () => undefined)();
      });
    };
    for (let begun = 0; begun < 5; begun += 1) {
      again(3);
      await clock.advance(10);
    }

    for (let moment = 0; moment < 35; moment += 1) {
      await clock.advance(10);
      expect(clock.pending.length).toBeLessThanOrEqual(1);
    }
    await clock.advance(100);
    expect(clock.pending).toEqual([]);
  });

  it('expire also when the one before them throws', async () => {
    timeouts.schedule(100, () => {
      throw new Error('It failed.');
    });
    begin('next', 100);

    await expect(clock.advance(100)).rejects.toThrow('It failed.');
    await clock.advance(0);

    expect(expired).toEqual(['next at 100']);
  });

  it('expire however the one before them was cancelled', async () => {
    const first = begin('first', 100);
    await clock.advance(60);
    begin('second', 100);
    first();

    await clock.advance(100);

    expect(expired).toEqual(['second at 160']);
  });

  it('may begin anew while one of them expires', async () => {
    timeouts.schedule(50, () => begin('next', 50));

    await clock.advance(100);

    expect(expired).toEqual(['next at 100']);
  });

  it('may be longer than any timer', async () => {
    begin('month', 31 * 24 * 3_600_000);

    await clock.advance(2 ** 31);
    expect(expired).toEqual([]);
    await clock.advance(31 * 24 * 3_600_000 - 2 ** 31);

    expect(expired).toHaveLength(1);
  });

  it('of a thousand lengths are forgotten when they are over', async () => {
    for (let delay = 1; delay <= 1_000; delay += 1) begin(String(delay), delay);

    await clock.advance(1_000);

    expect(expired).toHaveLength(1_000);
    expect(clock.pending).toEqual([]);
  });
});
