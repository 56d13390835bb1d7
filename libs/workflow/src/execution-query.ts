import { isIdentifier } from './definition/identifier.js';
import { WorkflowException } from './result/workflow.exception.js';
import { EXECUTION_STATUSES, type ExecutionFilter } from './workflow-execution.js';

const LARGEST_PAGE = 500;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** @throws `ID_INVALID` */
export function checkedId(executionId: unknown): string {
  if (typeof executionId === 'string' && UUID.test(executionId)) return executionId;
  throw new WorkflowException('ID_INVALID', 'An execution id is a lower-case UUID.');
}

/**
 * What the store is asked for: moments in milliseconds, and a limit.
 *
 * @throws `FILTER_INVALID`, `ID_INVALID`
 */
export function checkedFilter(filter: ExecutionFilter) {
  const { status, workflowId, from, to, limit = 50, after } = filter;
  const invalid = (field: string, rule: string): WorkflowException =>
    new WorkflowException('FILTER_INVALID', `The filter "${field}" is not valid: ${rule}.`);
  if (status !== undefined && !EXECUTION_STATUSES.includes(status)) {
    throw invalid('status', `use one of ${EXECUTION_STATUSES.join(', ')}`);
  }
  if (workflowId !== undefined && !isIdentifier(workflowId)) {
    throw invalid('workflowId', 'it cannot be the id of a workflow');
  }
  if (!Number.isInteger(limit) || limit < 1 || limit > LARGEST_PAGE) {
    throw invalid('limit', `use a whole number from 1 to ${LARGEST_PAGE}`);
  }
  const time = (field: 'from' | 'to', date: Date | undefined): number | undefined => {
    if (date === undefined) return undefined;
    if (date instanceof Date && !Number.isNaN(date.getTime())) return date.getTime();
    throw invalid(field, 'use a Date');
  };
  return {
    status,
    workflowId,
    from: time('from', from),
    to: time('to', to),
    limit,
    after: after === undefined ? undefined : checkedId(after),
  };
}
