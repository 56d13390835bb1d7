import type { ExecutionSnapshot } from '../../../libs/workflow/src/engine/execution-snapshot.js';
import type { StepCheckpoint } from '../../../libs/workflow/src/engine/journal.port.js';
import type { PastAttempt } from '../../../libs/workflow/src/engine/owned-execution.js';
import { nameOf, type ModelTables } from './model-tables.js';
import type { ExecutionRow, TaskRow } from './store-dump.js';

/** What counts of the steps: their word of this run, or one that completed earlier. */
export const checkpointsOf = (
  tables: ModelTables,
  { tenantId, executionId, run }: Pick<TaskRow, 'tenantId' | 'executionId' | 'run'>,
): StepCheckpoint[] =>
  [...tables.checkpoints.values()].flatMap((row) => {
    const { tenantId: tenant, executionId: id, run: ofRun, fence: _fence, ...checkpoint } = row;
    const counts = ofRun === run || row.status === 'completed';
    return tenant === tenantId && id === executionId && counts ? [checkpoint] : [];
  });

export const attemptsOf = (tables: ModelTables, task: TaskRow): PastAttempt[] =>
  [...tables.attempts.values()].flatMap((row) => {
    const { tenantId, executionId, run, fence: _fence, retryAt, ...attempt } = row;
    const counts =
      tenantId === task.tenantId && executionId === task.executionId && run === task.run;
    return counts ? [{ ...attempt, dueIn: Math.max(0, retryAt - tables.now) }] : [];
  });

export function snapshotOf(tables: ModelTables, row: ExecutionRow): ExecutionSnapshot {
  const { tenantId, id: executionId, run } = row;
  const task = tables.tasks.get(nameOf({ tenantId, executionId }));
  return {
    tenantId,
    executionId,
    workflowId: row.workflowId,
    workflowVersion: row.workflowVersion,
    capability: row.capability,
    status: task?.status ?? row.status,
    reason: task?.reason,
    userId: row.userId,
    run,
    createdAt: row.createdAt,
    finishedAt: row.finishedAt,
    output: row.output,
    errors: row.errors,
    statusCode: row.statusCode,
    message: row.message,
    degraded: row.degraded,
    context: row.context,
    checkpoints: checkpointsOf(tables, { tenantId, executionId, run }),
  };
}
