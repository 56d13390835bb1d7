/** How long to wait between two attempts of a step, and how often. */
export interface RetryPolicy {
  /** Repeats after the first attempt: 3 means at most 4 attempts. */
  readonly maxRetries: number;
  /** Milliseconds before the first repeat. */
  readonly retryDelay: number;
  /** `fixed` waits the same time each time, `exponential` doubles it. */
  readonly backoff: 'fixed' | 'exponential';
  /** Milliseconds no delay exceeds. */
  readonly maxRetryDelay: number;
  /** Part of each delay that is drawn at random, 0 to 1; spreads the repeats of many executions. */
  readonly jitter: number;
}

/**
 * Milliseconds to wait before a repeat.
 *
 * @param failedAttempts attempts that have failed so far, 1 or more
 * @param random a number from 0 (inclusive) to 1 (exclusive)
 */
export function retryDelay(policy: RetryPolicy, failedAttempts: number, random: number): number {
  const grown =
    policy.backoff === 'exponential'
      ? policy.retryDelay * 2 ** Math.min(failedAttempts - 1, 62)
      : policy.retryDelay;
  const capped = Math.min(grown, policy.maxRetryDelay);
  return Math.round(capped * (1 - policy.jitter * random));
}
