import type {
  CancelOutcome,
  ExecutionStore,
  RetryOutcome,
} from '../../../libs/workflow/src/dispatch/execution-store.port.js';
import type {
  ClaimRequest,
  HeldTask,
} from '../../../libs/workflow/src/dispatch/task-queue.port.js';
import type {
  CreateOutcome,
  ExecutionKey,
  NewExecution,
  Transition,
  TransitionOutcome,
} from '../../../libs/workflow/src/engine/journal.port.js';
import type { OwnedExecution } from '../../../libs/workflow/src/engine/owned-execution.js';
import type {
  TransactionEnd,
  TransactionOwner,
  TransactionVerdict,
} from '../../../libs/workflow/src/engine/step-transaction.port.js';
import type {
  JournalOutcome,
  JournalRecord,
} from '../../../libs/workflow/src/persistence/journal-record.js';
import type { StoreDump } from '../../support/model-store/store-dump.js';
import { Invariants } from '../../support/invariants/invariants.js';
import { CAPABILITY, WORKER } from './records.js';
import type { TestedStore } from './tested-store.js';

/** A store whose invariants are checked after whatever is done to it. */
export class ObservedStore {
  private readonly invariants = new Invariants();
  private looking: Promise<void> = Promise.resolve();

  constructor(private readonly store: TestedStore) {}

  async create(execution: NewExecution): Promise<CreateOutcome> {
    const [outcome] = await this.flush({ kind: 'create', execution });
    return outcome as CreateOutcome;
  }

  async record(transition: Transition): Promise<TransitionOutcome> {
    const [outcome] = await this.flush({ kind: 'transition', transition });
    return outcome as TransitionOutcome;
  }

  flush(...batch: readonly JournalRecord[]): Promise<readonly JournalOutcome[]> {
    return this.observed(this.store.journal.flush(batch));
  }

  claim(request: Partial<ClaimRequest> = {}): Promise<readonly OwnedExecution[]> {
    const all = { workerId: WORKER, limit: 100, capabilities: [CAPABILITY], ...request };
    return this.observed(this.store.queue.claim(all));
  }

  /** The only execution that is due. */
  async claimOne(request: Partial<ClaimRequest> = {}): Promise<OwnedExecution> {
    const claimed = await this.claim(request);
    const [first] = claimed;
    if (!first || claimed.length > 1) throw new Error(`${claimed.length} executions were due.`);
    return first;
  }

  dueWithin(horizon: number, capabilities: readonly string[]): Promise<number | undefined> {
    return this.observed(this.store.queue.dueWithin(horizon, capabilities));
  }

  extend(workerId: string, ...held: readonly HeldTask[]): Promise<readonly HeldTask[]> {
    return this.observed(this.store.queue.extend(workerId, held));
  }

  isolate(workerId: string, suspect: HeldTask): Promise<boolean> {
    return this.observed(this.store.queue.isolate(workerId, suspect));
  }

  recover(): Promise<number> {
    return this.observed(this.store.queue.recover());
  }

  matchCapabilities(
    ...capabilities: readonly string[]
  ): Promise<{ readonly suspended: number; readonly resumed: number }> {
    return this.observed(this.store.queue.matchCapabilities(capabilities));
  }

  cancel(key: ExecutionKey): Promise<CancelOutcome> {
    const { executions } = this.store;
    return this.observed(executions.cancel(key, '["cancelled"]', 'It was cancelled.'));
  }

  retry(key: ExecutionKey): Promise<RetryOutcome> {
    return this.observed(this.store.executions.retry(key));
  }

  expireKey(key: ExecutionKey, lifetime: number): Promise<boolean> {
    return this.observed(this.store.executions.expireKey(key, lifetime));
  }

  transaction<R>(
    owner: TransactionOwner,
    work: (manager: unknown) => Promise<TransactionVerdict<R>>,
  ): Promise<TransactionEnd<R>> {
    return this.observed(this.store.transactions.run(owner, work));
  }

  get executions(): Pick<ExecutionStore, 'find' | 'findEnded' | 'list' | 'countByStatus'> {
    return this.store.executions;
  }

  write(manager: unknown, effect: string): Promise<void> {
    return this.store.write(manager, effect);
  }

  effects(): Promise<readonly string[]> {
    return this.store.effects();
  }

  dump(): Promise<StoreDump> {
    return this.store.dump();
  }

  /** The store's time, in milliseconds since the epoch; a database's is a little later. */
  get now(): number {
    return this.store.clock.now();
  }

  advance(milliseconds: number): Promise<void> {
    return this.store.clock.advance(milliseconds);
  }

  private async observed<T>(call: Promise<T>): Promise<T> {
    const answer = await call;
    // One look after the other: each must be later than the one before.
    this.looking = this.looking.then(async () => this.invariants.observe(await this.store.dump()));
    await this.looking;
    return answer;
  }
}
