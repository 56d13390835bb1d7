import {
  ExecutionStore,
  type CancelOutcome,
  type ExecutionQuery,
  type RetryOutcome,
} from '../../../libs/workflow/src/dispatch/execution-store.port.js';
import type { ExecutionSnapshot } from '../../../libs/workflow/src/engine/execution-snapshot.js';
import type { ExecutionKey } from '../../../libs/workflow/src/engine/journal.port.js';
import { ERROR_CATALOGUE } from '../../../libs/workflow/src/result/error-catalogue.js';
import type { ExecutionStatus } from '../../../libs/workflow/src/result/workflow-result.js';
import { snapshotOf } from './model-reading.js';
import { nameOf, type ModelTables } from './model-tables.js';

/** Reads and orders, each looking at all there is. */
export class ModelExecutionStore extends ExecutionStore {
  constructor(private readonly tables: ModelTables) {
    super();
  }

  override find(key: ExecutionKey): Promise<ExecutionSnapshot | undefined> {
    return Promise.resolve(this.snapshot(key));
  }

  override findEnded(keys: readonly ExecutionKey[]): Promise<readonly ExecutionSnapshot[]> {
    const found = keys.map((key) => this.snapshot(key));
    return Promise.resolve(
      found.filter((each): each is ExecutionSnapshot => each?.finishedAt !== undefined),
    );
  }

  override list(query: ExecutionQuery): Promise<readonly ExecutionSnapshot[]> {
    const { tenantId, status, workflowId, from, to, after, limit } = query;
    const found = this.snapshots().filter(
      (each) =>
        each.tenantId === tenantId &&
        (status === undefined || each.status === status) &&
        (workflowId === undefined || each.workflowId === workflowId) &&
        (from === undefined || each.createdAt >= from) &&
        (to === undefined || each.createdAt < to) &&
        (after === undefined || each.executionId < after),
    );
    found.sort((a, b) => (a.executionId < b.executionId ? 1 : -1));
    return Promise.resolve(found.slice(0, limit));
  }

  override countByStatus(
    tenantId: string | undefined,
  ): Promise<ReadonlyMap<ExecutionStatus, number>> {
    const counts = new Map<ExecutionStatus, number>();
    for (const each of this.snapshots()) {
      if (tenantId !== undefined && each.tenantId !== tenantId) continue;
      counts.set(each.status, (counts.get(each.status) ?? 0) + 1);
    }
    return Promise.resolve(counts);
  }

  override cancel(key: ExecutionKey, errors: string, message: string): Promise<CancelOutcome> {
    const { tables } = this;
    const task = tables.tasks.get(nameOf(key));
    const execution = tables.executions.get(nameOf(key));
    const ends = tables.rules.holds('cancel.unfinished-only', task !== undefined);
    if (execution && ends) {
      const statusCode = ERROR_CATALOGUE.EXECUTION_CANCELLED.status;
      const end = { status: 'cancelled', errors, statusCode, message, degraded: false } as const;
      const fence = task?.fence ?? execution.fence;
      tables.end(key, tables.rules.keeps('cancel.raises-fence') ? fence + 1 : fence, end);
    }
    const snapshot = this.snapshot(key);
    if (!snapshot) return Promise.resolve({ kind: 'not-found' });
    return Promise.resolve(ends ? { kind: 'cancelled', snapshot } : { kind: 'already-ended' });
  }

  override expireKey(key: ExecutionKey, lifetime: number): Promise<boolean> {
    const { tables } = this;
    const row = tables.executions.get(nameOf(key));
    if (row?.finishedAt !== undefined && row.createdAt <= tables.now - lifetime) {
      tables.putExecution({ ...row, idempotencyKey: undefined });
      return Promise.resolve(true);
    }
    return Promise.resolve(row?.idempotencyKey === undefined);
  }

  override retry(key: ExecutionKey): Promise<RetryOutcome> {
    const { tables } = this;
    const execution = tables.executions.get(nameOf(key));
    const snapshot = this.snapshot(key);
    if (!execution || !snapshot) return Promise.resolve({ kind: 'not-found' });
    if (!tables.rules.holds('retry.failed-only', snapshot.status === 'failed')) {
      return Promise.resolve({ kind: 'not-failed', status: snapshot.status });
    }
    const { tenantId, id: executionId, capability } = execution;
    const { rules } = tables;
    const run = rules.keeps('retry.raises-run') ? execution.run + 1 : execution.run;
    tables.putExecution({
      ...execution,
      status: 'pending',
      run,
      output: undefined,
      errors: undefined,
      statusCode: undefined,
      message: undefined,
      degraded: false,
      finishedAt: undefined,
    });
    tables.putTask({
      tenantId,
      executionId,
      capability,
      priority: 0,
      visibleAt: tables.now,
      status: 'pending',
      fence: rules.keeps('retry.raises-fence') ? execution.fence + 1 : execution.fence,
      claims: 0,
      run,
    });
    return Promise.resolve({ kind: 'retried', run });
  }

  private snapshot(key: ExecutionKey): ExecutionSnapshot | undefined {
    const row = this.tables.executions.get(nameOf(key));
    return row && snapshotOf(this.tables, row);
  }

  private snapshots(): ExecutionSnapshot[] {
    return [...this.tables.executions.values()].map((row) => snapshotOf(this.tables, row));
  }
}
