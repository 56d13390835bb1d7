import {
  StepTransactions,
  type TransactionEnd,
  type TransactionOwner,
  type TransactionVerdict,
} from '../../../libs/workflow/src/engine/step-transaction.port.js';
import { nameOf, type ModelTables } from './model-tables.js';

/** What a transactional step writes with: nothing of it counts before the commit. */
export class ModelTransaction {
  readonly written: string[] = [];

  write(effect: string): void {
    this.written.push(effect);
  }
}

/**
 * Transactional steps whose database is a list of effects. While one is open no claim takes its task.
 * A cancellation does not wait for it, as a database would make it: it wins, and the step is fenced.
 */
export class ModelStepTransactions extends StepTransactions {
  /** What has been committed, in its order. */
  readonly effects: string[] = [];

  constructor(private readonly tables: ModelTables) {
    super();
  }

  override async run<R>(
    owner: TransactionOwner,
    work: (manager: unknown) => Promise<TransactionVerdict<R>>,
  ): Promise<TransactionEnd<R>> {
    if (!this.tables.heldTask(owner)) return { kind: 'fenced' };
    const transaction = new ModelTransaction();
    this.hold(owner, 1);
    try {
      const verdict = await work(transaction);
      if (verdict.kind === 'roll-back') return { kind: 'rolled-back', outcome: verdict.outcome };
      return this.commit(owner, verdict, transaction);
    } finally {
      this.hold(owner, -1);
    }
  }

  private commit(
    owner: TransactionOwner,
    { checkpoint, departure }: Extract<TransactionVerdict<never>, { kind: 'commit' }>,
    { written }: ModelTransaction,
  ): TransactionEnd<never> {
    const { tables } = this;
    const { tenantId, executionId, run, fence } = owner;
    if (!tables.heldTask(owner)) return { kind: 'fenced' };
    if (!tables.addCheckpoint({ tenantId, executionId, run, fence, ...checkpoint })) {
      return { kind: 'fenced' };
    }
    this.effects.push(...written);
    if (departure) {
      const { kind: _kind, ...end } = departure;
      tables.end(owner, fence, end);
    }
    return { kind: 'committed', checkpoint, departure, at: tables.now };
  }

  private hold(owner: TransactionOwner, change: number): void {
    const count = (this.tables.held.get(nameOf(owner)) ?? 0) + change;
    if (count === 0) this.tables.held.delete(nameOf(owner));
    else this.tables.held.set(nameOf(owner), count);
  }
}
