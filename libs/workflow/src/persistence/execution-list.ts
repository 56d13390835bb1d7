import type { ExecutionQuery } from '../dispatch/execution-store.port.js';
import type { ExecutionStatus } from '../result/workflow-result.js';
import type { TableNames } from './table-names.js';

/** Statuses that the execution's own row says; the others are those of its task. */
const ENDED: readonly ExecutionStatus[] = ['completed', 'failed', 'cancelled'];

/** What differs between databases. */
export interface ListDialect {
  /** How the n-th parameter is written, n from 1. */
  readonly parameter: (position: number) => string;
  /** How a moment given in milliseconds is written. */
  readonly moment: (parameter: string) => string;
}

/** Columns of an execution that a snapshot shows. */
export const EXECUTION_COLUMNS = `e.tenant_id, e.id, e.workflow_id, e.workflow_version, e.capability, e.run,
  e.user_id, e.context, e.output, e.errors, e.status_code, e.message, e.degraded, e.created_at,
  e.finished_at, coalesce(t.status, e.status) AS status, t.reason`;

/** Columns of a checkpoint. */
export const CHECKPOINT_COLUMNS = `s.tenant_id, s.execution_id, s.step_id, s.status, s.attempts, s.output, s.errors,
  s.status_code, s.reason, s.writes, s.audit, s.usage, s.started_at, s.finished_at`;

/** The list of a tenant's executions: each filter has its condition, so that each finds its index. */
export function executionList(
  { execution, task }: TableNames,
  dialect: ListDialect,
  query: ExecutionQuery,
): { readonly sql: string; readonly parameters: readonly unknown[] } {
  const parameters: unknown[] = [];
  const value = (given: unknown): string => dialect.parameter(parameters.push(given));
  const conditions = [`e.tenant_id = ${value(query.tenantId)}`];
  const { status, workflowId, from, to, after } = query;
  const ended = status !== undefined && ENDED.includes(status);
  const ofTask = status !== undefined && !ended;
  if (ofTask) conditions.push(`t.status = ${value(status)}`);
  if (ended) {
    // As a range, and first in the order: only the index that begins with the status gives that. By the
    // key alone, a list of what has completed would first read all that has not.
    const one = value(status);
    const last =
      after === undefined ? `e.status <= ${one}` : `(e.status, e.id) < (${one}, ${value(after)})`;
    conditions.push(`e.status >= ${one}`, last);
  }
  if (workflowId !== undefined) conditions.push(`e.workflow_id = ${value(workflowId)}`);
  if (from !== undefined) conditions.push(`e.created_at >= ${dialect.moment(value(from))}`);
  if (to !== undefined) conditions.push(`e.created_at < ${dialect.moment(value(to))}`);
  // Ids order by time of creation, so the last id of a page is where the next one begins.
  if (after !== undefined && !ended) conditions.push(`e.id < ${value(after)}`);
  const tables = ofTask
    ? `${task} t JOIN ${execution} e ON e.tenant_id = t.tenant_id AND e.id = t.execution_id`
    : `${execution} e LEFT JOIN ${task} t ON t.tenant_id = e.tenant_id AND t.execution_id = e.id`;
  if (ofTask) conditions.push(`t.tenant_id = ${value(query.tenantId)}`);
  const order = ended ? 'e.status DESC, e.id' : ofTask ? 't.execution_id' : 'e.id';
  return {
    sql: `SELECT ${EXECUTION_COLUMNS} FROM ${tables} WHERE ${conditions.join(' AND ')}
      ORDER BY ${order} DESC LIMIT ${value(query.limit)}`,
    parameters,
  };
}
