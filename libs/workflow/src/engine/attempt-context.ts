import { LiveMetrics } from '../context/live-metrics.js';
import { noUsage, type StepUsage } from '../context/performance-metrics.js';
import { StepContext, type ExecutionFrame } from '../context/step-context.js';
import type { ErrorContext } from '../context/workflow-context.js';
import type { CheckedStep } from '../definition/checked-workflow.js';
import { WorkflowException } from '../result/workflow.exception.js';
import type { Clock } from '../runtime/clock.js';
import { AttemptAbort } from './attempt-abort.js';
import { StepFrame } from './attempt-frames.js';
import type { ExecutionMemory } from './execution-memory.js';
import type { StartContext } from './owned-execution.js';
import type { FailedBefore, StepFailure } from './step-failure.js';

/** Makes what the steps of one execution see. */
export class AttemptContexts {
  constructor(
    private readonly frame: ExecutionFrame,
    private readonly start: StartContext,
    private readonly memory: ExecutionMemory,
    private readonly clock: Clock,
  ) {}

  forAttempt(
    step: CheckedStep,
    abort: AttemptAbort,
    usage: StepUsage,
    before: FailedBefore | undefined,
    manager: unknown,
  ): StepContext {
    const frame = new StepFrame(
      step,
      abort,
      this.memory,
      this.metrics(usage),
      before?.attempts ?? 0,
      errorContextOf(before?.failure),
      manager,
    );
    return new StepContext(this.frame, frame);
  }

  /** What providers scoped to the execution are made with. */
  beforeFirstStep(): StepContext {
    return new StepContext(this.frame, {
      stepId: 'initial',
      timeout: 0,
      retryCount: 0,
      maxRetries: 0,
      signal: () => new AttemptAbort().signal,
      metrics: this.metrics(noUsage()),
      errorContext: errorContextOf(undefined),
      data: this.start.data,
      metadata: this.start.metadata,
      outputOf: (stepId) => {
        throw new WorkflowException(
          'STEP_OUTPUT_MISSING',
          `The output of "${stepId}" is not available before the first step.`,
        );
      },
    });
  }

  private metrics(usage: StepUsage): LiveMetrics {
    return new LiveMetrics(usage, this.frame.startTime, this.clock);
  }
}

function errorContextOf(failure: StepFailure | undefined): ErrorContext {
  const error = failure?.errors[0];
  if (!failure || !error) return { hasError: false, retryable: true, userFriendlyMessage: '' };
  return {
    hasError: true,
    errorType: error.code,
    errorCode: error.code,
    errorMessage: error.message,
    retryable: failure.retryable,
    userFriendlyMessage: error.message,
  };
}
