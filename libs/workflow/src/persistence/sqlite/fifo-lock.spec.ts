import { describe, expect, it } from '@jest/globals';
import { SystemClock, type CancelTimer } from '../../runtime/clock.js';
import { FifoLock, type Release } from './fifo-lock.js';

/** Time stands still until it is moved. */
class StillClock extends SystemClock {
  private time = 0;
  private readonly timers = new Set<{ due: number; callback: () => void }>();

  get pending(): number {
    return this.timers.size;
  }

  override schedule(delay: number, callback: () => void): CancelTimer {
    const timer = { due: this.time + delay, callback };
    this.timers.add(timer);
    return () => this.timers.delete(timer);
  }

  advance(delay: number): void {
    this.time += delay;
    for (const timer of this.timers) {
      if (timer.due <= this.time && this.timers.delete(timer)) timer.callback();
    }
  }
}

const setUp = () => {
  const clock = new StillClock();
  return { clock, lock: new FifoLock(clock) };
};

describe('FifoLock', () => {
  it('is taken without a timer when it is free', async () => {
    const { clock, lock } = setUp();
    const release = await lock.acquire(100);
    expect(clock.pending).toBe(0);
    release();
    await lock.acquire(100);
    expect(clock.pending).toBe(0);
  });

  it('has one owner at a time', async () => {
    const { lock } = setUp();
    let owners = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 50 }, async () => {
        const release = await lock.acquire(100);
        owners += 1;
        most = Math.max(most, owners);
        await Promise.resolve();
        owners -= 1;
        release();
      }),
    );
    expect(most).toBe(1);
  });

  it('serves in the order of asking, and nobody overtakes during a hand-over', async () => {
    const { lock } = setUp();
    const order: string[] = [];
    const first = await lock.acquire(100);
    const enter = async (name: string): Promise<void> => {
      const release = await lock.acquire(100);
      order.push(name);
      release();
    };
    const waiting = ['a', 'b', 'c'].map(enter);
    first();
    waiting.push(enter('late'));
    await Promise.all(waiting);
    expect(order).toEqual(['a', 'b', 'c', 'late']);
  });

  it('gives up after the timeout, not before', async () => {
    const { clock, lock } = setUp();
    await lock.acquire(100);
    let state = 'waiting';
    const waiting = lock.acquire(100).catch((error: unknown) => {
      state = 'refused';
      throw error;
    });
    clock.advance(99);
    await Promise.resolve();
    expect(state).toBe('waiting');
    clock.advance(1);
    await expect(waiting).rejects.toMatchObject({
      code: 'SQLITE_CHECKOUT_TIMED_OUT',
      statusCode: 503,
      message: expect.stringContaining('100 ms'),
    });
  });

  it('passes over a waiter that gave up', async () => {
    const { clock, lock } = setUp();
    const first = await lock.acquire(100);
    const impatient = lock.acquire(10);
    const patient = lock.acquire(100);
    clock.advance(10);
    await expect(impatient).rejects.toMatchObject({ code: 'SQLITE_CHECKOUT_TIMED_OUT' });
    first();
    const second = await patient;
    expect(clock.pending).toBe(0);
    second();
    await expect(lock.acquire(0)).resolves.toBeInstanceOf(Function);
  });

  it('does not time out a waiter that was admitted', async () => {
    const { clock, lock } = setUp();
    const first = await lock.acquire(100);
    const waiting = lock.acquire(100);
    first();
    clock.advance(1000);
    await expect(waiting).resolves.toBeInstanceOf(Function);
  });

  it('ignores a second release, also when somebody else owns it by then', async () => {
    const { clock, lock } = setUp();
    const first = await lock.acquire(100);
    const waiting: Promise<Release>[] = [lock.acquire(100), lock.acquire(100)];
    first();
    await waiting[0];
    first();
    clock.advance(100);
    await expect(waiting[1]).rejects.toMatchObject({ code: 'SQLITE_CHECKOUT_TIMED_OUT' });
  });
});
