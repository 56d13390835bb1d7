import { WorkflowException } from '../../result/workflow.exception.js';
import type { Clock } from '../../runtime/clock.js';

/** Gives a lock back; harmless when called again. */
export type Release = () => void;

interface Waiter {
  /** Makes the waiter the owner. */
  admit(): void;
}

/** An exclusive lock whose waiters are served strictly in the order in which they asked. */
export class FifoLock {
  private held = false;
  // A set keeps the order of insertion and lets a waiter that gave up leave from the middle.
  private readonly waiters = new Set<Waiter>();

  constructor(private readonly clock: Clock) {}

  /**
   * Resolves when the lock belongs to the caller.
   *
   * @param timeoutMs milliseconds to wait at most
   * @throws WorkflowException `SQLITE_CHECKOUT_TIMED_OUT`
   */
  async acquire(timeoutMs: number): Promise<Release> {
    if (!this.held) {
      this.held = true;
      return this.owner();
    }
    return this.queue(timeoutMs);
  }

  private queue(timeoutMs: number): Promise<Release> {
    return new Promise<Release>((resolve, reject) => {
      const waiter: Waiter = {
        admit: () => {
          cancelTimer();
          resolve(this.owner());
        },
      };
      const cancelTimer = this.clock.schedule(timeoutMs, () => {
        if (this.waiters.delete(waiter)) reject(timedOut(timeoutMs));
      });
      this.waiters.add(waiter);
    });
  }

  private owner(): Release {
    let owned = true;
    return () => {
      if (!owned) return;
      owned = false;
      this.handOver();
    };
  }

  private handOver(): void {
    const [next] = this.waiters;
    if (next === undefined) {
      this.held = false;
      return;
    }
    // The lock stays held on its way, so nobody who asks now overtakes the one who waited.
    this.waiters.delete(next);
    next.admit();
  }
}

const timedOut = (timeoutMs: number): WorkflowException =>
  new WorkflowException(
    'SQLITE_CHECKOUT_TIMED_OUT',
    `The SQLite connection was not free within ${timeoutMs} ms: whoever holds it has not finished. ` +
      'If this call runs between startTransaction() and release() of a QueryRunner made by ' +
      'createQueryRunner(), it waits for itself: use the manager of that QueryRunner. ' +
      'Keep transactions short, and release every QueryRunner in a finally block.',
    { retryable: true, details: { timeoutMs } },
  );
