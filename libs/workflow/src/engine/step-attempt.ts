import type { CheckedStep, StepInvocation } from '../definition/checked-workflow.js';
import type { WorkflowContext } from '../context/workflow-context.js';
import { isWorkflowResult } from '../result/result-builders.js';
import type { Clock } from '../runtime/clock.js';
import { failureOf, reportedFailure, type StepFailure } from './step-failure.js';

/** The one thing an attempt came to. */
export type AttemptOutcome =
  | { readonly kind: 'completed'; readonly value: unknown }
  | { readonly kind: 'failed'; readonly failure: StepFailure }
  | { readonly kind: 'aborted'; readonly reason: string };

/** Why an attempt was told to stop; the reason of its AbortSignal. */
export class AttemptAborted extends Error {
  override readonly name = 'AttemptAborted';
}

/**
 * One try of a step: the user's method against its timeout and its AbortSignal. Whichever comes
 * first is the outcome; what the method does after that reaches nobody.
 */
export function attemptStep(
  step: CheckedStep,
  invocation: StepInvocation,
  context: WorkflowContext,
  abort: AbortController,
  clock: Clock,
): Promise<AttemptOutcome> {
  return new Promise((resolve) => {
    const settle = (outcome: AttemptOutcome): void => {
      cancelTimer();
      abort.signal.removeEventListener('abort', onAbort);
      resolve(outcome);
    };
    const onAbort = (): void => {
      const reason: unknown = abort.signal.reason;
      if (reason instanceof AttemptAborted) settle({ kind: 'aborted', reason: reason.message });
    };
    const cancelTimer = clock.schedule(step.timeout, () => {
      settle({ kind: 'failed', failure: timeoutFailure(step, new Date(clock.now())) });
      abort.abort(new DOMException(`Step "${step.id}" timed out`, 'TimeoutError'));
    });
    abort.signal.addEventListener('abort', onAbort);

    void invoke(invocation, context).then(
      (value) => settle(outcomeOf(value, step, new Date(clock.now()))),
      (thrown: unknown) =>
        settle({ kind: 'failed', failure: failureOf(thrown, step.id, new Date(clock.now())) }),
    );
  });
}

/** A synchronous throw and a hostile thenable become a rejection like any other. */
async function invoke(invocation: StepInvocation, context: WorkflowContext): Promise<unknown> {
  return await invocation(context);
}

function outcomeOf(value: unknown, step: CheckedStep, at: Date): AttemptOutcome {
  try {
    if (!isWorkflowResult(value)) return { kind: 'completed', value };
    return value.success
      ? { kind: 'completed', value: value.data }
      : { kind: 'failed', failure: reportedFailure(value, step.id, at) };
  } catch (error) {
    return { kind: 'failed', failure: failureOf(error, step.id, at) };
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
