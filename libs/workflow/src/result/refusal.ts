import { presentMoment } from '../runtime/clock.js';
import type { ErrorCode } from './error-catalogue.js';
import { createErrorResult } from './result-builders.js';
import { isWorkflowException, type WorkflowException } from './workflow.exception.js';
import type { WorkflowError } from './workflow-error.js';
import type { WorkflowOutcome } from './workflow-result.js';

/** Not the caller's fault, and nothing an envelope could say: such an error is thrown on. */
const THROWN_ON: ReadonlySet<ErrorCode> = new Set([
  'STORE_UNAVAILABLE',
  'SQLITE_REENTRANT',
  'SQLITE_CHECKOUT_TIMED_OUT',
]);

/** The envelope of a refused call; throws on whatever is not a refusal. */
export function refusal(error: unknown): WorkflowOutcome<never> & { success: false } {
  if (!isWorkflowException(error) || THROWN_ON.has(error.code)) throw error;
  return createErrorResult(error.message, [workflowErrorOf(error)], error.statusCode);
}

/** One of our exceptions as an entry of a result. */
export function workflowErrorOf(
  error: WorkflowException,
  timestamp = presentMoment(),
): WorkflowError {
  return {
    code: error.code,
    message: error.message,
    ...(error.details ? { details: error.details } : {}),
    retryable: error.retryable,
    timestamp,
  };
}
