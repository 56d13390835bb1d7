import { ModelStore } from '../../support/model-store/model-store.js';
import type { ProtocolRules } from '../../support/model-store/protocol-rules.js';
import type { Plan } from '../load/plan.js';
import type { Scheduler } from '../world/scheduler.js';
import { ORIGIN, type Life } from './life.js';
import type { Operation, Subject } from './operation.js';

/** Is told of everything that was done to the store, before anybody else hears of it. */
export type Observer = (subject: Subject, life: Life, result: unknown) => void;

/** What a server answers instead of a result. */
export class ServerError extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** The one database of a run: the model store, and those who wait for its locks. */
export class Database {
  readonly store: ModelStore;
  readOnly = false;
  private waiting: (() => void)[] = [];

  constructor(
    private readonly scheduler: Scheduler,
    plan: Plan,
    private readonly rules: ProtocolRules,
    private readonly observe: Observer,
  ) {
    this.store = new ModelStore({
      now: () => ORIGIN + scheduler.now,
      lease: plan.embedded ? undefined : plan.lease,
      rules,
    });
  }

  /** Performs a call as soon as its locks are free. */
  async execute<T>(operation: Operation<T>, life: Life): Promise<T> {
    this.refuseWrites(operation);
    while (this.mustWait(operation)) {
      await new Promise<void>((tryAgain) => this.waiting.push(tryAgain));
      this.refuseWrites(operation);
    }
    const result = await operation.perform();
    this.observe(operation.subject, life, result);
    return result;
  }

  /** A transaction is over: whoever waited for its locks tries again. */
  locksFreed(): void {
    const waiting = this.waiting;
    this.waiting = [];
    for (const tryAgain of waiting) this.scheduler.after(0, tryAgain);
  }

  private refuseWrites({ writes }: Operation<unknown>): void {
    if (!this.readOnly || !writes) return;
    throw new ServerError('25006', 'cannot execute in a read-only transaction');
  }

  private mustWait({ locks }: Operation<unknown>): boolean {
    if (!locks || !this.rules.keeps(locks.rule)) return false;
    return locks.keys.some((key) => this.store.tables.isHeld(key));
  }
}
