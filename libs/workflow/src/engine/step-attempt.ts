import type { CheckedStep } from '../definition/checked-workflow.js';
import { isWorkflowResult } from '../result/result-builders.js';
import type { Clock } from '../runtime/clock.js';
import type { Timeouts } from '../runtime/timeouts.js';
import { AttemptAborted, type AttemptAbort } from './attempt-abort.js';
import { failureOf, reportedFailure, type StepFailure } from './step-failure.js';

/** The one thing an attempt came to. */
export type AttemptOutcome =
  | { readonly kind: 'completed'; readonly value: unknown }
  | { readonly kind: 'failed'; readonly failure: StepFailure; readonly thrown?: unknown }
  | { readonly kind: 'aborted'; readonly reason: string };

/**
 * One try of a step: the user's method against its timeout and its order to stop. Whichever comes
 * first is the outcome; what the method does after that reaches nobody.
 *
 * @param onSettled called once
 */
export function attemptStep(
  step: CheckedStep,
  invoke: () => unknown,
  abort: AttemptAbort,
  timeouts: Timeouts,
  clock: Clock,
  onSettled: (outcome: AttemptOutcome) => void,
): void {
  let settled = false;
  const settle = (outcome: AttemptOutcome): void => {
    if (settled) return;
    settled = true;
    cancelTimeout();
    abort.onAbort = undefined;
    onSettled(outcome);
  };
  const cancelTimeout = timeouts.schedule(step.timeout, () => {
    settle({ kind: 'failed', failure: timeoutFailure(step, new Date(clock.now())) });
    abort.abort(new DOMException(`Step "${step.id}" timed out`, 'TimeoutError'));
  });
  abort.onAbort = (reason) => {
    if (reason instanceof AttemptAborted) settle({ kind: 'aborted', reason: reason.message });
  };
  promiseOf(invoke).then(
    (value) => {
      if (!settled) settle(outcomeOf(value, step, clock));
    },
    (thrown: unknown) => {
      if (settled) return;
      const failure = failureOf(thrown, step.id, new Date(clock.now()));
      settle({ kind: 'failed', failure, thrown });
    },
  );
}

/** A synchronous throw and a hostile thenable become a rejection like any other. */
function promiseOf(invoke: () => unknown): Promise<unknown> {
  try {
    const given = invoke();
    return given instanceof Promise && given.constructor === Promise
      ? given
      : new Promise((resolve) => resolve(given));
  } catch (error) {
    return Promise.reject(error);
  }
}

function outcomeOf(value: unknown, step: CheckedStep, clock: Clock): AttemptOutcome {
  try {
    if (!isWorkflowResult(value)) return { kind: 'completed', value };
    return value.success
      ? { kind: 'completed', value: value.data }
      : { kind: 'failed', failure: reportedFailure(value, step.id, new Date(clock.now())) };
  } catch (error) {
    return { kind: 'failed', failure: failureOf(error, step.id, new Date(clock.now())) };
  }
}

function timeoutFailure(step: CheckedStep, at: Date): StepFailure {
  return {
    errors: [
      {
        code: 'STEP_TIMED_OUT',
        message: `Step "${step.id}" did not settle within ${step.timeout} ms.`,
        details: { timeout: step.timeout },
        stepId: step.id,
        retryable: true,
        timestamp: at,
      },
    ],
    statusCode: 504,
    retryable: true,
  };
}
