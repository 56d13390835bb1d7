import type { StepCheckpoint } from '../../../libs/workflow/src/engine/journal.port.js';
import {
  StepTransactions,
  type TransactionalEnd,
  type TransactionEnd,
  type TransactionOwner,
  type TransactionVerdict,
} from '../../../libs/workflow/src/engine/step-transaction.port.js';
import { nameOf, type ModelTables } from './model-tables.js';

const LOCK = {
  fence: 'transaction.lock-fence',
  run: 'transaction.lock-run',
  worker: 'transaction.lock-worker',
} as const;

const RECHECK = {
  fence: 'transaction.recheck',
  run: 'transaction.recheck',
  worker: 'transaction.recheck',
} as const;

/** What a transactional step writes with: nothing of it counts before the commit. */
export class ModelTransaction {
  readonly written: string[] = [];
  private readonly undecided: (() => void)[] = [];
  private holds = false;

  constructor(
    private readonly tables: ModelTables,
    private readonly effects: string[],
  ) {}

  write(effect: string): void {
    if (this.tables.rules.keeps('transaction.effects-roll-back')) this.written.push(effect);
    else this.effects.push(effect);
  }

  /** Keeps the task from every claim until the transaction is over. False when it is not the owner's. */
  lock(owner: TransactionOwner): boolean {
    if (!this.tables.heldTask(owner, LOCK)) return false;
    if (this.tables.rules.keeps('transaction.holds')) this.hold(owner);
    return true;
  }

  /** Nothing when the fence is lost or the step is recorded already. */
  record(owner: TransactionOwner, checkpoint: StepCheckpoint): number | undefined {
    const { tables } = this;
    const { tenantId, executionId, run, fence } = owner;
    if (!tables.heldTask(owner, RECHECK)) return undefined;
    const isRecorded = tables.checkpoints.has(nameOf(owner, checkpoint.stepId, run));
    if (tables.rules.keeps('transaction.first-writer') && isRecorded) return undefined;
    this.undecided.push(() => {
      tables.addCheckpoint({ tenantId, executionId, run, fence, ...checkpoint });
    });
    return tables.now;
  }

  end(owner: TransactionOwner, { kind: _kind, ...end }: TransactionalEnd): number {
    const { now } = this.tables;
    this.undecided.push(() => void this.tables.end(owner, owner.fence, end, now));
    return now;
  }

  commit(): void {
    for (const write of this.undecided) write();
    this.effects.push(...this.written);
    this.release();
  }

  rollBack(): void {
    this.release();
  }

  private hold(owner: TransactionOwner): void {
    const { held } = this.tables;
    const name = nameOf(owner);
    held.set(name, (held.get(name) ?? 0) + 1);
    this.holds = true;
    this.release = () => {
      if (!this.holds) return;
      this.holds = false;
      const left = (held.get(name) ?? 0) - 1;
      if (left === 0) held.delete(name);
      else held.set(name, left);
    };
  }

  private release: () => void = () => undefined;
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

  begin(): ModelTransaction {
    return new ModelTransaction(this.tables, this.effects);
  }

  override async run<R>(
    owner: TransactionOwner,
    work: (manager: unknown) => Promise<TransactionVerdict<R>>,
  ): Promise<TransactionEnd<R>> {
    const transaction = this.begin();
    if (!transaction.lock(owner)) return { kind: 'fenced' };
    try {
      const verdict = await work(transaction);
      if (verdict.kind === 'roll-back') return { kind: 'rolled-back', outcome: verdict.outcome };
      const at = transaction.record(owner, verdict.checkpoint);
      if (at === undefined) return { kind: 'fenced' };
      if (verdict.departure) transaction.end(owner, verdict.departure);
      transaction.commit();
      return { ...verdict, kind: 'committed', at };
    } finally {
      transaction.rollBack();
    }
  }
}
