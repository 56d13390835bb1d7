import type { ExecutionSnapshot } from '../../../libs/workflow/src/engine/execution-snapshot.js';
import type { StepCheckpoint } from '../../../libs/workflow/src/engine/journal.port.js';
import type { PastAttempt } from '../../../libs/workflow/src/engine/owned-execution.js';
import { nameOf, type ModelTables } from './model-tables.js';
import type { ExecutionRow, TaskRow } from './store-dump.js';

/** What counts of the steps: their word of this run, or one that completed earlier. */
export function checkpointsOf(
  { checkpoints, rules }: ModelTables,
  { tenantId, executionId, run }: Pick<TaskRow, 'tenantId' | 'executionId' | 'run'>,
): StepCheckpoint[] {
  const found: StepCheckpoint[] = [];
  for (const row of checkpoints.values()) {
    const { tenantId: tenant, executionId: id, run: ofRun, fence: _fence, ...checkpoint } = row;
    if (tenant !== tenantId || id !== executionId) continue;
    const completed = row.status === 'completed' && rules.keeps('claim.reads-completed');
    if (rules.holds('claim.reads-this-run', ofRun === run) || completed) found.push(checkpoint);
  }
  return found;
}

export function attemptsOf({ attempts, rules, now }: ModelTables, task: TaskRow): PastAttempt[] {
  const found: PastAttempt[] = [];
  if (!rules.keeps('claim.reads-attempts')) return found;
  for (const row of attempts.values()) {
    const { tenantId, executionId, run, fence: _fence, retryAt, ...attempt } = row;
    if (tenantId !== task.tenantId || executionId !== task.executionId) continue;
    if (!rules.holds('claim.attempts-of-run', run === task.run)) continue;
    found.push({ ...attempt, dueIn: Math.max(0, retryAt - now) });
  }
  return found;
}

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
