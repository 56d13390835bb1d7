import type { WorkflowError } from './workflow-error.js';
import type { WorkflowMetadata, WorkflowOutcome, WorkflowResult } from './workflow-result.js';

/**
 * A result that says yes.
 *
 * @param message @default 'Operation completed successfully'
 * @publicApi
 */
export function createSuccessResult<T>(
  data: T,
  message = 'Operation completed successfully',
  metadata?: WorkflowMetadata,
): WorkflowOutcome<T> & { success: true } {
  return { success: true, message, data, statusCode: 200, ...(metadata ? { metadata } : {}) };
}

/**
 * A result that says no.
 *
 * @param statusCode HTTP status, 500 by default
 * @publicApi
 */
export function createErrorResult(
  message: string,
  errors: WorkflowError[],
  statusCode = 500,
  metadata?: WorkflowMetadata,
): WorkflowOutcome<never> & { success: false } {
  return {
    success: false,
    message,
    ...(errors.length > 0 ? { errors } : {}),
    statusCode,
    ...(metadata ? { metadata } : {}),
  };
}

/** Recognises a {@link WorkflowResult} among the values a step may return. */
export function isWorkflowResult(value: unknown): value is WorkflowResult<unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const candidate = value as Partial<WorkflowResult<unknown>>;
  return typeof candidate.success === 'boolean' && typeof candidate.message === 'string';
}
