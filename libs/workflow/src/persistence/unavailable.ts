import { isWorkflowException, WorkflowException } from '../result/workflow.exception.js';

/** What the database says stays in the cause: it may quote values. */
export function unavailable(cause: unknown): WorkflowException {
  return isWorkflowException(cause)
    ? cause
    : new WorkflowException('STORE_UNAVAILABLE', 'The store did not answer.', {
        cause,
        retryable: true,
      });
}
