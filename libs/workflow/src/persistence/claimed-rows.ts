import type { OwnedExecution, PastAttempt } from '../engine/owned-execution.js';
import { checkpointOf, groupByExecution } from './row-mapping.js';
import type { Row } from './store-connection.js';

/** What a claim reads of the executions it took. */
export interface ClaimedRows {
  readonly tasks: readonly Row[];
  /** Each with `now`, the moment of the reading. */
  readonly executions: readonly Row[];
  readonly checkpoints?: readonly Row[];
  readonly attempts?: readonly Row[];
}

/** Those that somebody held before: of the others nothing else can be written yet. */
export const heldBefore = (tasks: readonly Row[]): readonly Row[] =>
  tasks.filter((task) => Number(task['fence']) > 1);

/** The claimed executions with everything that is written of them. */
export function ownedExecutions(workerId: string, rows: ClaimedRows): OwnedExecution[] {
  const executions = new Map(rows.executions.map((row) => [nameOf(row, 'id'), row]));
  const checkpoints = groupByExecution(rows.checkpoints ?? [], checkpointOf);
  const now = Number(rows.executions[0]?.['now']);
  const attempts = groupByExecution(rows.attempts ?? [], (row) => attemptOf(row, now));
  return rows.tasks.flatMap((task) => {
    const name = nameOf(task, 'execution_id');
    const row = executions.get(name);
    if (!row) return [];
    return {
      tenantId: String(row['tenant_id']),
      executionId: String(row['id']),
      workflowId: String(row['workflow_id']),
      workflowVersion: String(row['workflow_version']),
      capability: String(row['capability']),
      run: Number(task['run']),
      fence: Number(task['fence']),
      workerId,
      claims: Number(task['claims']),
      input: String(row['input']),
      context: String(row['context']),
      createdAt: Number(row['created_at']),
      checkpoints: checkpoints.get(name) ?? [],
      attempts: attempts.get(name) ?? [],
    };
  });
}

const nameOf = (row: Row, id: string): string => `${String(row['tenant_id'])} ${String(row[id])}`;

const attemptOf = (row: Row, now: number): PastAttempt => ({
  stepId: String(row['step_id']),
  attempt: Number(row['attempt']),
  errors: String(row['errors']),
  startedAt: Number(row['started_at']),
  finishedAt: Number(row['finished_at']),
  dueIn: Math.max(0, Number(row['retry_at']) - now),
});
