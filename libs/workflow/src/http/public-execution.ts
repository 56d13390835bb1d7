import type { WorkflowStepResult } from '../result/workflow-result.js';
import type { WorkflowExecution } from '../workflow-execution.js';
import { publicError } from './http-envelope.js';

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
