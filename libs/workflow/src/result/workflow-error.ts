/**
 * One failure inside a result: what happened, where, and whether a repeat may help.
 *
 * @publicApi
 */
export interface WorkflowError {
  /** Stable upper-case word, for example `STEP_TIMED_OUT`. */
  code: string;
  /** One sentence for a person. */
  message: string;
  /** Facts a program can use; never a stack, SQL or a secret. */
  details?: Record<string, unknown>;
  /** The step that failed, if the failure belongs to one. */
  stepId?: string;
  /** `false` stops the retry policy at once. */
  retryable: boolean;
  /** When the failure was observed. */
  timestamp: Date;
}
