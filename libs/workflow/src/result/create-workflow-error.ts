import { presentMoment } from '../runtime/clock.js';
import type { WorkflowError } from './workflow-error.js';

/**
 * An error for a result, stamped with the present moment.
 *
 * @param code upper-case word
 * @param retryable `true` by default
 * @publicApi
 */
export function createWorkflowError(
  code: string,
  message: string,
  details?: Record<string, unknown>,
  stepId?: string,
  retryable = true,
): WorkflowError {
  return {
    code,
    message,
    ...(details ? { details } : {}),
    ...(stepId === undefined ? {} : { stepId }),
    retryable,
    timestamp: presentMoment(),
  };
}
