import type {
  CreateOutcome,
  Departure,
  NewExecution,
  Transition,
  TransitionOutcome,
} from '../../../libs/workflow/src/engine/journal.port.js';
import type {
  JournalOutcome,
  JournalRecord,
  JournalStore,
} from '../../../libs/workflow/src/persistence/journal-record.js';
import { nameOf, type ModelTables } from './model-tables.js';
import type { ExecutionRow } from './store-dump.js';

/** Writes records one after the other, in the order of the batch. */
export class ModelJournal implements Pick<JournalStore, 'flush'> {
  constructor(private readonly tables: ModelTables) {}

  flush(batch: readonly JournalRecord[]): Promise<readonly JournalOutcome[]> {
    return Promise.resolve(
      batch.map((record) =>
        record.kind === 'create' ? this.create(record.execution) : this.apply(record.transition),
      ),
    );
  }

  private create(execution: NewExecution): CreateOutcome {
    const { tables } = this;
    const { workerId, ...stored } = execution;
    const fence = workerId === undefined ? 0 : 1;
    const own = tables.executions.get(nameOf(execution));
    if (own) return { kind: 'created', fence, createdAt: own.createdAt };
    const first = this.withKeyOf(execution);
    if (first) return { kind: 'joined', executionId: first.id, inputHash: first.inputHash };
    const { tenantId, executionId, capability } = stored;
    const createdAt = tables.now;
    tables.executions.set(nameOf(execution), {
      ...withoutKey(stored),
      tenantId,
      id: executionId,
      status: 'pending',
      run: 1,
      fence: 0,
      degraded: false,
      createdAt,
    });
    tables.tasks.set(nameOf(execution), {
      tenantId,
      executionId,
      capability,
      priority: 0,
      run: 1,
      fence,
      claims: fence,
      ...(workerId === undefined
        ? { status: 'pending', visibleAt: createdAt }
        : { status: 'running', visibleAt: tables.leaseEnd, workerId }),
    });
    return { kind: 'created', fence, createdAt };
  }

  private withKeyOf(execution: NewExecution): ExecutionRow | undefined {
    const { tenantId, workflowId, idempotencyKey } = execution;
    if (idempotencyKey === undefined) return undefined;
    return [...this.tables.executions.values()].find(
      (row) =>
        row.tenantId === tenantId &&
        row.workflowId === workflowId &&
        row.idempotencyKey === idempotencyKey,
    );
  }

  private apply(transition: Transition): TransitionOutcome {
    const { tables } = this;
    if (!tables.heldTask(transition)) return this.afterEnd(transition);
    const { tenantId, executionId, run, fence, departure } = transition;
    const written = { tenantId, executionId, run, fence };
    for (const { retryDelay, ...attempt } of transition.attempts) {
      tables.addAttempt({ ...written, ...attempt, retryAt: tables.now + retryDelay });
    }
    for (const checkpoint of transition.checkpoints) {
      tables.addCheckpoint({ ...written, ...checkpoint });
    }
    if (departure) this.leave(transition, departure);
    return { kind: 'applied', at: tables.now };
  }

  /** The same end once more, because its answer was lost, is no lost fence. */
  private afterEnd(transition: Transition): TransitionOutcome {
    const { run, fence, departure } = transition;
    const ended = this.tables.executions.get(nameOf(transition));
    const isOwn =
      departure?.kind === 'end' &&
      ended?.finishedAt !== undefined &&
      ended.run === run &&
      ended.fence === fence;
    return isOwn ? { kind: 'applied', at: ended.finishedAt ?? 0 } : { kind: 'fenced' };
  }

  private leave(transition: Transition, departure: Departure): void {
    const { tables } = this;
    const task = tables.heldTask(transition);
    if (!task) return;
    const free = { workerId: undefined };
    switch (departure.kind) {
      case 'end': {
        const { kind: _kind, ...end } = departure;
        tables.end(transition, transition.fence, end);
        return;
      }
      case 'park': {
        const visibleAt = tables.now + departure.delay;
        tables.changeTask(transition, { ...free, status: 'waiting', claims: 0, visibleAt });
        return;
      }
      case 'release': {
        const visibleAt = tables.now + departure.delay;
        const counts = { fence: task.fence + 1, claims: task.claims - 1 };
        tables.changeTask(transition, { ...free, ...counts, status: 'pending', visibleAt });
        return;
      }
      case 'suspend': {
        const { reason } = departure;
        const visibleAt = Infinity;
        tables.changeTask(transition, {
          ...free,
          status: 'suspended',
          claims: 0,
          reason,
          visibleAt,
        });
      }
    }
  }
}

const withoutKey = ({
  tenantId: _tenantId,
  executionId: _executionId,
  ...rest
}: Omit<NewExecution, 'workerId'>): Omit<NewExecution, 'workerId' | 'tenantId' | 'executionId'> =>
  rest;
