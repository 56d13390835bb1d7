import { WorkflowException } from './workflow.exception.js';

/** The same words for an execution of another tenant and for none at all. */
export const executionNotFound = (executionId: string): WorkflowException =>
  new WorkflowException('EXECUTION_NOT_FOUND', `There is no execution "${executionId}".`);

export const shuttingDown = (): WorkflowException =>
  new WorkflowException('SHUTTING_DOWN', 'The application is shutting down.', { retryable: true });
