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
import type { ProtocolRule } from './protocol-rules.js';
import type { ExecutionRow, TaskRow } from './store-dump.js';

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
    if (own && tables.rules.keeps('create.once'))
      return { kind: 'created', fence, createdAt: own.createdAt };
    const first = this.withKeyOf(execution);
    if (first) return { kind: 'joined', executionId: first.id, inputHash: first.inputHash };
    const { tenantId, executionId, capability } = stored;
    const createdAt = tables.now;
    tables.putExecution({
      ...withoutKey(stored),
      tenantId,
      id: executionId,
      status: 'pending',
      run: 1,
      fence: 0,
      degraded: false,
      createdAt,
    });
    tables.putTask({
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
    const { rules, executions } = this.tables;
    if (idempotencyKey === undefined || !rules.keeps('create.one-per-key')) return undefined;
    for (const row of executions.values()) {
      if (
        row.idempotencyKey === idempotencyKey &&
        rules.holds('create.key-of-tenant', row.tenantId === tenantId) &&
        rules.holds('create.key-of-workflow', row.workflowId === workflowId)
      ) {
        return row;
      }
    }
    return undefined;
  }

  private apply(transition: Transition): TransitionOutcome {
    const { tables } = this;
    if (!tables.heldTask(transition, APPLY)) return this.afterEnd(transition);
    const { tenantId, executionId, run, fence, departure } = transition;
    const written = { tenantId, executionId, run, fence };
    for (const { retryDelay, ...attempt } of transition.attempts) {
      tables.addAttempt({
        ...written,
        ...attempt,
        retryAt: tables.now + this.unless('attempt.due-later', retryDelay),
      });
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
    const { rules, executions } = this.tables;
    const ended = executions.get(nameOf(transition));
    const isOwn =
      ended !== undefined &&
      rules.holds('own-end.is-end', departure?.kind === 'end') &&
      rules.holds('own-end.finished', ended.finishedAt !== undefined) &&
      rules.holds('own-end.run', ended.run === run) &&
      rules.holds('own-end.fence', ended.fence === fence);
    return isOwn ? { kind: 'applied', at: ended.finishedAt ?? 0 } : { kind: 'fenced' };
  }

  private leave(transition: Transition, departure: Departure): void {
    const { tables } = this;
    const { rules } = tables;
    const task = tables.heldTask(transition, APPLY);
    if (!task) return;
    const freed = (rule: ProtocolRule): Partial<TaskRow> =>
      rules.keeps(rule) ? { workerId: undefined } : {};
    switch (departure.kind) {
      case 'end': {
        const { kind: _kind, ...end } = departure;
        tables.end(transition, transition.fence, end);
        return;
      }
      case 'park': {
        const visibleAt = tables.now + this.unless('park.due-later', departure.delay);
        const claims = rules.keeps('park.forgives') ? 0 : task.claims;
        const freely = freed('park.frees');
        tables.changeTask(transition, { ...freely, status: 'waiting', claims, visibleAt });
        return;
      }
      case 'release': {
        const visibleAt = tables.now + departure.delay;
        const counts = {
          fence: task.fence + this.unless('release.raises-fence', 1),
          claims: task.claims - this.unless('release.uncounts', 1),
        };
        const freely = freed('release.frees');
        tables.changeTask(transition, { ...freely, ...counts, status: 'pending', visibleAt });
        return;
      }
      case 'suspend': {
        const { reason } = departure;
        const visibleAt = rules.keeps('suspend.sleeps') ? Infinity : tables.now;
        const freely = freed('suspend.frees');
        const row = { status: 'suspended', claims: 0, reason, visibleAt } as const;
        tables.changeTask(transition, { ...freely, ...row });
      }
    }
  }

  /** Nothing in the place of a number whose rule has been dropped. */
  private unless(rule: ProtocolRule, value: number): number {
    return this.tables.rules.keeps(rule) ? value : 0;
  }
}

const APPLY = { fence: 'apply.fence', run: 'apply.run', worker: 'apply.worker' } as const;

const withoutKey = ({
  tenantId: _tenantId,
  executionId: _executionId,
  ...rest
}: Omit<NewExecution, 'workerId'>): Omit<NewExecution, 'workerId' | 'tenantId' | 'executionId'> =>
  rest;
