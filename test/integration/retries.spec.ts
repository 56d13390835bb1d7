import { describe, expect, it } from '@jest/globals';
import {
  BadGatewayException,
  BadRequestException,
  ConflictException,
  HttpException,
  RequestTimeoutException,
} from '@nestjs/common';
import {
  createErrorResult,
  createWorkflowError,
  NonRetryableError,
  Random,
  type WorkflowDefinition,
  type WorkflowStep,
} from '@luxgen/workflow';
import { appPerTest } from '../support/app-per-test.js';
import { step, workflow } from '../support/definitions.js';
import { Tally } from '../support/gate.js';
import { VirtualClock } from '../support/virtual-clock.js';

type ErrorHandling = WorkflowDefinition['errorHandling'];

class FixedRandom extends Random {
  constructor(private readonly values: number[]) {
    super();
  }

  override next(): number {
    return this.values.shift() ?? 0;
  }
}

describe('a step that fails', () => {
  const start = appPerTest();

  /** Runs one step that always fails; gives the moments of its attempts. */
  const attemptsOf = async (
    delays: readonly number[],
    errorHandling: ErrorHandling,
    options: Partial<WorkflowStep> = {},
    random: number[] = [],
  ) => {
    const clock = new VirtualClock();
    const { manager } = await start({
      clock,
      random: new FixedRandom(random),
      // Polls must not be taken for retries.
      options: { longestWaitInMemory: '1d', pollInterval: '1d' },
    });
    const moments: number[] = [];
    const fail = (): never => {
      moments.push(clock.monotonic());
      throw new Error('not now');
    };
    manager.registerWorkflow(
      {},
      workflow('failing', [step('a', fail, options)], { errorHandling }),
    );
    const run = manager.runAsTenant('acme', () => manager.runWorkflow('failing'));
    for (const delay of delays) {
      await clock.timer(delay);
      await clock.advance(delay);
    }
    const result = await run;
    return { moments, result };
  };

  it('is repeated after a fixed delay, maxRetries times', async () => {
    const { moments, result } = await attemptsOf([1234, 1234, 1234], {
      strategy: 'retry',
      maxRetries: 3,
      retryDelay: 1234,
    });
    expect(moments).toEqual([0, 1234, 2468, 3702]);
    expect(result).toMatchObject({
      success: false,
      statusCode: 500,
      message: 'Workflow "failing" failed at step "a"',
      errors: [{ code: 'STEP_FAILED', message: 'Error: not now', stepId: 'a', retryable: true }],
    });
    expect(result.metadata?.steps).toMatchObject([
      { stepId: 'a', status: 'failed', retryCount: 3 },
    ]);
  });

  it('is repeated three times, a second apart, when nothing says otherwise', async () => {
    const { moments } = await attemptsOf([1000, 1000, 1000], undefined);
    expect(moments).toEqual([0, 1000, 2000, 3000]);
  });

  it('waits twice as long each time with exponential backoff, up to the longest delay', async () => {
    const { moments } = await attemptsOf([300, 600, 1200, 2000, 2000], {
      strategy: 'continue-on-error',
      maxRetries: 5,
      retryDelay: 300,
      backoff: 'exponential',
      maxRetryDelay: 2000,
    });
    expect(moments).toEqual([0, 300, 900, 2100, 4100, 6100]);
  });

  it('draws the jittered part of the delay at random', async () => {
    const { moments } = await attemptsOf(
      [3000, 2250, 1501],
      { strategy: 'retry', maxRetries: 3, retryDelay: 3000, jitter: 0.5 },
      {},
      [0, 0.5, 0.9996],
    );
    expect(moments).toEqual([0, 3000, 5250, 6751]);
  });

  it.each<[string, number, ErrorHandling, Partial<WorkflowStep>]>([
    ['retryable: false', 1, { strategy: 'retry', maxRetries: 5 }, { retryable: false }],
    ['strategy fail-fast', 1, { strategy: 'fail-fast', maxRetries: 5 }, {}],
    ['maxRetries: 0', 1, { strategy: 'retry', maxRetries: 0 }, {}],
    [
      'a policy of the step over fail-fast',
      3,
      { strategy: 'fail-fast' },
      { retry: { maxRetries: 2, retryDelay: 7 } },
    ],
    [
      'fields of the step over those of the workflow',
      2,
      { strategy: 'retry', maxRetries: 9, retryDelay: 7 },
      { retry: { maxRetries: 1 } },
    ],
  ])('respects %s', async (_what, attempts, errorHandling, options) => {
    const delays = Array.from({ length: attempts - 1 }, () => 7);
    const { moments, result } = await attemptsOf(delays, errorHandling, options);
    expect(moments).toHaveLength(attempts);
    expect(result.metadata?.steps[0]?.retryCount).toBe(attempts - 1);
  });

  it('completes when a repeat succeeds, and tells it what went wrong before', async () => {
    const clock = new VirtualClock();
    const { manager } = await start({ clock });
    const seen: unknown[] = [];
    const flaky = step('flaky', ({ retryCount, maxRetries, errorContext }) => {
      seen.push({ retryCount, maxRetries, errorContext });
      if (retryCount < 2) throw new ConflictTwice(retryCount);
      return 'done';
    });
    manager.registerWorkflow(
      {},
      workflow('flaky', [flaky], {
        errorHandling: { strategy: 'retry', maxRetries: 2, retryDelay: 1500 },
      }),
    );
    const run = manager.runAsTenant('acme', () => manager.runWorkflow('flaky'));
    for (let repeat = 0; repeat < 2; repeat += 1) {
      await clock.timer(1500);
      await clock.advance(1500);
    }
    expect(await run).toMatchObject({ success: true, data: 'done' });
    const before = (attempt: number) => ({
      hasError: true,
      errorType: 'STEP_FAILED',
      errorCode: 'STEP_FAILED',
      errorMessage: `Error: attempt ${attempt}`,
      retryable: true,
      userFriendlyMessage: `Error: attempt ${attempt}`,
    });
    const none = { hasError: false, retryable: true, userFriendlyMessage: '' };
    expect(seen).toEqual([
      { retryCount: 0, maxRetries: 2, errorContext: none },
      { retryCount: 1, maxRetries: 2, errorContext: before(0) },
      { retryCount: 2, maxRetries: 2, errorContext: before(1) },
    ]);
  });

  it('does not hold up what does not depend on it', async () => {
    const clock = new VirtualClock();
    const { manager } = await start({ clock });
    const others = new Tally();
    let failures = 0;
    const flaky = step('flaky', () => {
      failures += 1;
      if (failures === 1) throw new Error('once');
    });
    const beside = step('beside', () => others.mark());
    const behind = step('behind', () => others.mark(), { dependencies: ['beside'] });
    manager.registerWorkflow(
      {},
      workflow('apart', [flaky, beside, behind], {
        errorHandling: { strategy: 'retry', maxRetries: 1, retryDelay: 2500 },
      }),
    );
    const run = manager.runAsTenant('acme', () => manager.runWorkflow('apart'));
    await others.reached(2);
    expect(failures).toBe(1);
    await clock.timer(2500);
    await clock.advance(2500);
    expect((await run).success).toBe(true);
  });
});

class ConflictTwice extends Error {
  override readonly name = 'Error';

  constructor(attempt: number) {
    super(`attempt ${attempt}`);
  }
}

describe('what a step throws or reports decides whether it is repeated', () => {
  const start = appPerTest();

  const error = (retryable: boolean) =>
    createWorkflowError('BUSY', 'Busy', {}, undefined, retryable);

  it.each<[string, boolean, number, () => unknown]>([
    ['an Error', true, 500, () => new Error('x')],
    ['an error that says retryable: false', false, 500, () => ({ retryable: false })],
    ['a NonRetryableError', false, 500, () => new NonRetryableError('no')],
    [
      'a NonRetryableError with a status',
      false,
      402,
      () => new NonRetryableError('no', { statusCode: 402 }),
    ],
    ['a 400 HttpException', false, 400, () => new BadRequestException()],
    ['a 409 HttpException', false, 409, () => new ConflictException()],
    ['a 408 HttpException', true, 408, () => new RequestTimeoutException()],
    ['a 429 HttpException', true, 429, () => new HttpException('slow down', 429)],
    ['a 502 HttpException', true, 502, () => new BadGatewayException()],
    ['an HttpException with a status of success', true, 500, () => new HttpException('odd', 200)],
    ['a WorkflowError that may be repeated', true, 500, () => error(true)],
    ['a WorkflowError that may not', false, 500, () => error(false)],
    ['an envelope of failure', true, 503, () => createErrorResult('no', [error(true)], 503)],
  ])('thrown: %s', async (_what, repeated, statusCode, make) => {
    await check(repeated, statusCode, () => {
      throw make();
    });
  });

  it.each<[string, boolean, number, () => unknown]>([
    ['without errors', false, 500, () => createErrorResult('no', [])],
    ['with an error that may be repeated', true, 500, () => createErrorResult('no', [error(true)])],
    ['with an error that may not', false, 500, () => createErrorResult('no', [error(false)])],
    [
      'with errors of both kinds',
      false,
      409,
      () => createErrorResult('no', [error(true), error(false)], 409),
    ],
    ['with a status of success', false, 500, () => createErrorResult('no', [error(false)], 204)],
    ['with a status that is none', false, 500, () => createErrorResult('no', [], Number.NaN)],
  ])('returned: an envelope of failure %s', async (_what, repeated, statusCode, make) => {
    await check(repeated, statusCode, make);
  });

  it.each([200, 399, 600, 1_000, 401.5, Number.NaN, '404' as unknown as number])(
    'a failure never has the status %p',
    async (status) => {
      await check(false, 500, () => {
        throw new NonRetryableError('no', { statusCode: status });
      });
    },
  );

  async function check(repeated: boolean, statusCode: number, act: () => unknown): Promise<void> {
    const { manager } = await start({});
    let attempts = 0;
    const only = step('a', () => {
      attempts += 1;
      return act();
    });
    manager.registerWorkflow(
      {},
      workflow('w', [only], {
        errorHandling: { strategy: 'retry', maxRetries: 1, retryDelay: 0 },
      }),
    );
    const result = await manager.runAsTenant('acme', () => manager.runWorkflow('w'));
    expect(attempts).toBe(repeated ? 2 : 1);
    expect(result).toMatchObject({ success: false, statusCode });
  }
});
