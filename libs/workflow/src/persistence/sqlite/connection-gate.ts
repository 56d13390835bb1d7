import { AsyncLocalStorage } from 'node:async_hooks';
import { WorkflowException } from '../../result/workflow.exception.js';
import type { Clock } from '../../runtime/clock.js';
import { FifoLock, type Release } from './fifo-lock.js';

/** One stay on the connection, from taking it to giving it back. */
export interface Hold {
  /** Gives the connection back now, or answers false if something of its owner is unfinished. */
  yield(): boolean;
}

/** Admits one hold at a time and refuses the one that would wait for itself. */
export class ConnectionGate {
  private readonly lock: FifoLock;
  private readonly scope = new AsyncLocalStorage<Hold>();
  private holder?: Hold;
  private release?: Release;

  constructor(
    clock: Clock,
    private readonly checkoutTimeout: number,
  ) {
    this.lock = new FifoLock(clock);
  }

  /**
   * Throws when the caller is inside of the hold that has the connection and cannot yield it.
   *
   * @throws WorkflowException `SQLITE_REENTRANT`
   */
  refuseReentry(): void {
    if (this.holder === undefined || this.scope.getStore() !== this.holder) return;
    if (!this.holder.yield()) throw reentrant();
  }

  /**
   * Resolves when the connection belongs to `hold`.
   *
   * @throws WorkflowException `SQLITE_REENTRANT`, `SQLITE_CHECKOUT_TIMED_OUT`
   */
  async enter(hold: Hold): Promise<void> {
    this.refuseReentry();
    const release = await this.lock.acquire(this.checkoutTimeout);
    this.holder = hold;
    this.release = release;
  }

  /** Gives the connection to the next; nothing happens unless `hold` has it. */
  leave(hold: Hold): void {
    if (this.holder !== hold) return;
    const { release } = this;
    this.holder = undefined;
    this.release = undefined;
    release?.();
  }

  /** Runs work so that a request made by it is recognised as made inside of `hold`. */
  within<T>(hold: Hold, work: () => T): T {
    return this.scope.run(hold, work);
  }
}

const reentrant = (): WorkflowException =>
  new WorkflowException(
    'SQLITE_REENTRANT',
    'This query would wait for the transaction it runs inside: SQLite has one connection, and the ' +
      'surrounding transaction holds it. Fix: use the EntityManager given to the callback of ' +
      'transaction(), or event.manager in a subscriber, instead of a repository or the DataSource.',
  );
