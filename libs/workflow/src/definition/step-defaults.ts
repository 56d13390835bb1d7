import type { RetryPolicy } from './retry-policy.js';
import type { WorkflowErrorHandling, WorkflowStep } from './workflow-definition.js';

/** Milliseconds an attempt may take unless the step says otherwise. */
export const DEFAULT_STEP_TIMEOUT = 30_000;

/** A transaction holds locks, and on SQLite the only connection. */
export const DEFAULT_TRANSACTION_TIMEOUT = 5_000;

/** The longest timer there is, 24.8 days; a step that needs more should wait outside its method. */
export const LONGEST_STEP_TIMEOUT = 2 ** 31 - 1;

const DEFAULT_ERROR_HANDLING: WorkflowErrorHandling = { strategy: 'retry' };

const DEFAULT_RETRY: RetryPolicy = {
  maxRetries: 3,
  retryDelay: 1000,
  backoff: 'fixed',
  maxRetryDelay: 3_600_000,
  jitter: 0,
};

const NO_RETRY: RetryPolicy = { ...DEFAULT_RETRY, maxRetries: 0 };

/** The error handling of a workflow that declares none. */
export const errorHandlingOf = (
  declared: WorkflowErrorHandling | undefined,
): WorkflowErrorHandling => declared ?? DEFAULT_ERROR_HANDLING;

/** The policy of one step: its own fields over the workflow's over the defaults. */
export function retryPolicyOf(step: WorkflowStep, handling: WorkflowErrorHandling): RetryPolicy {
  if (step.retryable === false) return NO_RETRY;
  // fail-fast means that the first failure counts, unless the step itself asks for repeats.
  const base = handling.strategy === 'fail-fast' ? NO_RETRY : merged(DEFAULT_RETRY, handling);
  return merged(base, step.retry ?? {});
}

function merged(base: RetryPolicy, overrides: Partial<RetryPolicy>): RetryPolicy {
  return {
    maxRetries: overrides.maxRetries ?? base.maxRetries,
    retryDelay: overrides.retryDelay ?? base.retryDelay,
    backoff: overrides.backoff ?? base.backoff,
    maxRetryDelay: overrides.maxRetryDelay ?? base.maxRetryDelay,
    jitter: overrides.jitter ?? base.jitter,
  };
}
