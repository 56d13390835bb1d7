import type { WorkflowOutcome } from './result/workflow-result.js';

/**
 * What a start gives back. A start that was refused (unknown workflow, invalid input, refused
 * tenant) has no execution; its result says why.
 *
 * @publicApi
 */
export type WorkflowHandle<T> = StartedWorkflow<T> | RefusedWorkflow<T>;

/** @publicApi */
export interface StartedWorkflow<T> {
  readonly accepted: true;
  readonly executionId: string;
  /** The execution existed already: its idempotency key was used before with the same input. */
  readonly joined: boolean;
  /** Resolves when the execution has ended, however it ended. */
  result(): Promise<WorkflowOutcome<T>>;
}

/** @publicApi */
export interface RefusedWorkflow<T> {
  readonly accepted: false;
  readonly executionId: undefined;
  result(): Promise<WorkflowOutcome<T>>;
}
