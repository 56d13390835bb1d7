import { describe, expect, it } from '@jest/globals';
import { NonRetryableError, type WorkflowOutcome } from '@luxgen/workflow';
import { appPerTest } from '../support/app-per-test.js';
import { runOnce, step, workflow } from '../support/definitions.js';
import { gate, Tally } from '../support/gate.js';
import { VirtualClock } from '../support/virtual-clock.js';

const statuses = (result: WorkflowOutcome<unknown>) =>
  Object.fromEntries(result.metadata?.steps.map(({ stepId, status }) => [stepId, status]) ?? []);

const reasons = (result: WorkflowOutcome<unknown>) =>
  Object.fromEntries(
    result.metadata?.steps.flatMap(({ stepId, reason }) => (reason ? [[stepId, reason]] : [])) ??
      [],
  );

const refuse =
  (code: string, statusCode = 500) =>
  (): never => {
    throw new NonRetryableError(code.toLowerCase(), { code, statusCode });
  };

describe('the failure of a critical step', () => {
  const start = appPerTest();

  it.each(['retry', 'fail-fast'])(
    'with strategy %s aborts what runs, cancels what waits, and skips the rest',
    async (strategy) => {
      const clock = new VirtualClock();
      const { manager } = await start({ clock });
      const begun = new Tally();
      const release = gate<string>();
      const failNow = gate();
      const signals: AbortSignal[] = [];
      let after = 0;
      manager.registerWorkflow(
        {},
        workflow(
          'w',
          [
            step('done', () => 'kept'),
            step('running', ({ signal }) => {
              signals.push(signal);
              begun.mark();
              return release.passed;
            }),
            step(
              'waiting',
              () => {
                begun.mark();
                throw new Error('again later');
              },
              { retry: { maxRetries: 5, retryDelay: 3_210 } },
            ),
            step('fails', async () => {
              await failNow.passed;
              return refuse('BROKEN', 418)();
            }),
            step('behind-running', () => (after += 1), { dependencies: ['running'] }),
            step('behind-failed', () => (after += 1), { dependencies: ['fails'] }),
          ],
          { errorHandling: { strategy } },
        ),
      );
      const run = manager.runAsTenant('acme', () => manager.runWorkflow('w'));
      await begun.reached(2);
      await clock.timer(3_210);
      failNow.open();
      const result = await run;

      expect(result).toMatchObject({
        success: false,
        statusCode: 418,
        message: 'Workflow "w" failed at step "fails"',
        errors: [{ code: 'BROKEN', message: 'broken', stepId: 'fails' }],
      });
      expect(result.errors).toHaveLength(1);
      expect(statuses(result)).toEqual({
        done: 'completed',
        running: 'cancelled',
        waiting: 'cancelled',
        fails: 'failed',
        'behind-running': 'skipped',
        'behind-failed': 'skipped',
      });
      expect(reasons(result)).toEqual({
        running: 'Step "fails" failed.',
        waiting: 'Step "fails" failed.',
        'behind-running': 'Step "fails" failed.',
        'behind-failed': 'Its dependency "fails" failed.',
      });
      expect(signals[0]?.aborted).toBe(true);
      expect(clock.pending).not.toContain(3_210);

      // What the aborted step still returns reaches nobody.
      release.open('late');
      const id = result.metadata?.executionId ?? '';
      const stored = await manager.runAsTenant('acme', () => manager.getExecutionStatus(id));
      expect(stored?.results.find(({ stepId }) => stepId === 'running')).not.toHaveProperty('data');
      expect(after).toBe(0);
    },
  );

  it('with an aborted step that rejects late does not harm the process', async () => {
    const { manager } = await start({});
    const begun = gate();
    const late = gate();
    const result = await runOnce(
      manager,
      workflow('w', [
        step('running', () => {
          begun.open();
          return late.passed;
        }),
        step('fails', () => begun.passed.then(refuse('BROKEN'))),
      ]),
    );
    late.fail(new Error('nobody listens'));
    expect(result.errors).toEqual([expect.objectContaining({ code: 'BROKEN' })]);
  });

  it('with continue-on-error lets independent branches finish, then fails', async () => {
    const { manager } = await start({});
    const release = gate<string>();
    const begun = gate();
    let failed = false;
    manager.registerWorkflow(
      {},
      workflow(
        'w',
        [
          step('fails', async () => {
            await begun.passed;
            failed = true;
            return refuse('BROKEN', 422)();
          }),
          step('slow', () => {
            begun.open();
            return release.passed;
          }),
          step('after-slow', ({ signal }) => ({ failed, aborted: signal.aborted }), {
            dependencies: ['slow'],
          }),
          step('behind', () => 1, { dependencies: ['fails'] }),
          step('far-behind', () => 1, { dependencies: ['behind', 'slow'] }),
        ],
        { errorHandling: { strategy: 'continue-on-error', maxRetries: 0 } },
      ),
    );
    const started = await manager.runAsTenant('acme', () => manager.startWorkflow('w'));
    await begun.passed;
    release.open('finished');
    const result = await started.result();
    expect(result).toMatchObject({ success: false, statusCode: 422 });
    expect(statuses(result)).toEqual({
      fails: 'failed',
      slow: 'completed',
      'after-slow': 'completed',
      behind: 'skipped',
      'far-behind': 'skipped',
    });
    expect(reasons(result)).toEqual({
      behind: 'Its dependency "fails" failed.',
      'far-behind': 'Its dependency "behind" was skipped.',
    });
    const after = result.metadata?.steps.find(({ stepId }) => stepId === 'after-slow');
    expect(after?.data).toEqual({ failed: true, aborted: false });
  });

  it('of several tells of the first in definition order, whichever was first in time', async () => {
    const { manager } = await start({});
    const second = gate();
    const result = await runOnce(
      manager,
      workflow(
        'w',
        [
          step('first', () => second.passed.then(refuse('ONE', 401))),
          step('second', () => {
            second.open();
            return refuse('TWO', 402)();
          }),
        ],
        { errorHandling: { strategy: 'continue-on-error', maxRetries: 0 } },
      ),
    );
    expect(result).toMatchObject({
      statusCode: 401,
      message: 'Workflow "w" failed at step "first"',
      errors: [{ code: 'ONE' }, { code: 'TWO' }],
    });
  });
});

describe('the failure of a step that is not critical', () => {
  const start = appPerTest();

  it.each(['retry', 'fail-fast', 'continue-on-error'])(
    'with strategy %s leaves a degraded success and skips its dependents',
    async (strategy) => {
      const { manager } = await start({});
      const result = await runOnce(
        manager,
        workflow(
          'w',
          [
            step('main', () => 'done'),
            step('mail', refuse('MAIL_DOWN', 503), { critical: false }),
            step('mail-log', () => 1, { dependencies: ['mail'] }),
          ],
          { output: 'main', errorHandling: { strategy, maxRetries: 0 } },
        ),
      );
      expect(result).toMatchObject({
        success: true,
        degraded: true,
        statusCode: 200,
        data: 'done',
        message: 'Workflow "w" completed without some of its steps',
        errors: [{ code: 'MAIL_DOWN', stepId: 'mail' }],
      });
      expect(statuses(result)).toEqual({
        main: 'completed',
        mail: 'failed',
        'mail-log': 'skipped',
      });
      expect(reasons(result)).toEqual({ 'mail-log': 'Its dependency "mail" failed.' });
    },
  );

  it('is repeated like any other before that', async () => {
    const { manager } = await start({});
    let attempts = 0;
    const result = await runOnce(
      manager,
      workflow('w', [
        step('a', () => 1),
        step(
          'b',
          () => {
            attempts += 1;
            throw new Error('no');
          },
          { critical: false, retry: { maxRetries: 2, retryDelay: 0 } },
        ),
      ]),
    );
    expect(attempts).toBe(3);
    // What is missing has no key in the data.
    expect(result).toMatchObject({ success: true, degraded: true, data: { a: 1 } });
    expect(result.data).not.toHaveProperty('b');
  });

  it('is no longer a degraded success when a critical step fails too', async () => {
    const { manager } = await start({});
    const result = await runOnce(
      manager,
      workflow('w', [step('a', refuse('A'), { critical: false }), step('b', refuse('B', 409))], {
        errorHandling: { strategy: 'continue-on-error', maxRetries: 0 },
      }),
    );
    expect(result).toMatchObject({
      success: false,
      statusCode: 409,
      message: 'Workflow "w" failed at step "b"',
      errors: [{ code: 'A' }, { code: 'B' }],
    });
    expect(result.degraded).toBeUndefined();
  });

  it('is not mentioned when nothing failed', async () => {
    const { manager } = await start({});
    const result = await runOnce(manager, workflow('w', [step('a', () => 1, { critical: false })]));
    expect(result.message).toBe('Workflow "w" completed');
    expect(result).not.toHaveProperty('degraded');
    expect(result).not.toHaveProperty('errors');
  });
});
