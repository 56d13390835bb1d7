import type { WorkflowStepResult } from '../result/workflow-result.js';
import { EXECUTION_STATUSES, type WorkflowExecution } from '../workflow-execution.js';
import { publicError } from './public-error.js';

/** What of an execution a response shows: where it stands, without outputs and metadata. */
export function publicExecution(execution: WorkflowExecution): Record<string, unknown> {
  const { metadata: _metadata, results, errors, ...rest } = execution;
  return {
    ...rest,
    results: results.map(publicStep),
    errors: errors.map(publicError),
  };
}

function publicStep({ data: _data, errors, ...rest }: WorkflowStepResult): Record<string, unknown> {
  return { ...rest, ...(errors ? { errors: errors.map(publicError) } : {}) };
}

/** Recognises what `WorkflowManager` says of an execution among the values of a handler. */
export function isExecution(value: object): value is WorkflowExecution {
  const { id, workflowId, workflowVersion, tenantId, status, results, errors } =
    value as Partial<WorkflowExecution>;
  return (
    [id, workflowId, workflowVersion, tenantId].every((field) => typeof field === 'string') &&
    EXECUTION_STATUSES.some((known) => known === status) &&
    Array.isArray(results) &&
    Array.isArray(errors)
  );
}
