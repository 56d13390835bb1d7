import type { ExecutionSnapshot } from '../engine/execution-snapshot.js';
import type { SettledStatus, StepCheckpoint } from '../engine/journal.port.js';
import type { ExecutionStatus } from '../result/workflow-result.js';
import type { Row } from './store-connection.js';

/** Absent instead of null. */
const optional = <T>(value: unknown): T | undefined =>
  value === null || value === undefined ? undefined : (value as T);

/** Milliseconds since the epoch, however the driver gives a moment. */
const moment = (value: unknown): number | undefined =>
  value === null || value === undefined ? undefined : Number(value);

export function checkpointOf(row: Row): StepCheckpoint {
  return {
    stepId: String(row['step_id']),
    status: row['status'] as SettledStatus,
    attempts: Number(row['attempts']),
    output: optional(row['output']),
    errors: optional(row['errors']),
    statusCode: optional(row['status_code']),
    reason: optional(row['reason']),
    writes: optional(row['writes']),
    audit: optional(row['audit']),
    usage: optional(row['usage']),
    startedAt: moment(row['started_at']),
    finishedAt: Number(row['finished_at']),
  };
}

export function snapshotOf(row: Row, checkpoints: readonly StepCheckpoint[]): ExecutionSnapshot {
  return {
    tenantId: String(row['tenant_id']),
    executionId: String(row['id']),
    workflowId: String(row['workflow_id']),
    workflowVersion: String(row['workflow_version']),
    capability: String(row['capability']),
    status: row['status'] as ExecutionStatus,
    reason: optional(row['reason']),
    userId: optional(row['user_id']),
    run: Number(row['run']),
    createdAt: Number(row['created_at']),
    finishedAt: moment(row['finished_at']),
    output: optional(row['output']),
    errors: optional(row['errors']),
    statusCode: optional(row['status_code']),
    message: optional(row['message']),
    degraded: Boolean(row['degraded']),
    context: String(row['context']),
    checkpoints,
  };
}

/** Rows of one kind by the execution they belong to. */
export function groupByExecution<T>(
  rows: readonly Row[],
  map: (row: Row) => T,
): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const key = `${String(row['tenant_id'])} ${String(row['execution_id'])}`;
    const group = groups.get(key);
    if (group) group.push(map(row));
    else groups.set(key, [map(row)]);
  }
  return groups;
}
