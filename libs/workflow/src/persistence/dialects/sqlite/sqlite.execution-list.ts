import type { ExecutionQuery } from '../../../dispatch/execution-store.port.js';
import type { ExecutionStatus } from '../../../result/workflow-result.js';
import type { TableNames } from '../../table-names.js';
import { EXECUTION_COLUMNS } from './sqlite.statements.js';

/** Statuses that the execution's own row says; the others are those of its task. */
const ENDED: readonly ExecutionStatus[] = ['completed', 'failed', 'cancelled'];

/** The list of a tenant's executions: each filter has its condition, so that each finds its index. */
export function executionList(
  { execution, task }: TableNames,
  query: ExecutionQuery,
): { readonly sql: string; readonly parameters: readonly unknown[] } {
  const parameters: unknown[] = [];
  const value = (given: unknown): string => `?${parameters.push(given)}`;
  const conditions = [`e.tenant_id = ${value(query.tenantId)}`];
  const { status, workflowId, from, to, after } = query;
  const ofTask = status !== undefined && !ENDED.includes(status);
  if (status !== undefined) conditions.push(`${ofTask ? 't' : 'e'}.status = ${value(status)}`);
  if (workflowId !== undefined) conditions.push(`e.workflow_id = ${value(workflowId)}`);
  if (from !== undefined) conditions.push(`e.created_at >= ${value(from)}`);
  if (to !== undefined) conditions.push(`e.created_at < ${value(to)}`);
  // Ids order by time of creation, so the last id of a page is where the next one begins.
  if (after !== undefined) conditions.push(`e.id < ${value(after)}`);
  const tables = ofTask
    ? `${task} t CROSS JOIN ${execution} e ON e.tenant_id = t.tenant_id AND e.id = t.execution_id`
    : `${execution} e LEFT JOIN ${task} t ON t.tenant_id = e.tenant_id AND t.execution_id = e.id`;
  if (ofTask) conditions.push(`t.tenant_id = ${value(query.tenantId)}`);
  return {
    sql: `SELECT ${EXECUTION_COLUMNS} FROM ${tables} WHERE ${conditions.join(' AND ')}
      ORDER BY ${ofTask ? 't.execution_id' : 'e.id'} DESC LIMIT ${value(query.limit)}`,
    parameters,
  };
}
