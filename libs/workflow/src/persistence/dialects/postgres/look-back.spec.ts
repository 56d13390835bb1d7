import { describe, expect, it } from '@jest/globals';
import { VirtualClock } from '../../../../../../test/support/virtual-clock.js';
import { LookBack } from './look-back.js';

describe('how far back a look for due work goes', () => {
  const looks = () => {
    const clock = new VirtualClock();
    const lookBack = new LookBack(clock);
    return {
      clock,
      lookBack,
      /** @param duration milliseconds until it is over */
      async look(duration: number, waited = 0): Promise<number | null> {
        const begun = lookBack.begin();
        await clock.advance(duration);
        lookBack.end(begun, waited);
        return begun.age;
      },
    };
  };

  it('is to the beginning, as long as that takes no time', async () => {
    const { look } = looks();
    expect(await look(0)).toBeNull();
    expect(await look(0)).toBeNull();
  });

  it('is, after one that took long, to where the last one began, less five seconds', async () => {
    const { look } = looks();
    expect(await look(100)).toBeNull();
    expect(await look(10)).toBe(5_100);
    expect(await look(20)).toBe(5_010);
  });

  it('is to the latest that a full claim took: there may be more behind it', async () => {
    const { look } = looks();
    await look(100);
    await look(10, 2_000);
    expect(await look(10)).toBe(7_010);
  });

  it('is to the beginning again after ten times as long as that took', async () => {
    const { clock, lookBack, look } = looks();
    await look(100);
    await clock.advance(999);
    expect(lookBack.begin().age).not.toBeNull();
    await clock.advance(1);
    expect(lookBack.begin().age).toBeNull();
  });

  it('is to the beginning after five seconds, however long that took', async () => {
    const { clock, lookBack, look } = looks();
    await look(20_000);
    await clock.advance(4_999);
    expect(lookBack.begin().age).not.toBeNull();
    await clock.advance(1);
    expect(lookBack.begin().age).toBeNull();
  });

  it('is to the beginning when other work is looked for', async () => {
    const { lookBack, look } = looks();
    await look(100);
    expect(lookBack.begin().age).not.toBeNull();
    lookBack.forget();
    expect(lookBack.begin().age).toBeNull();
  });
});
