import { describe, expect, it } from '@jest/globals';
import { appPerTest } from '../support/app-per-test.js';
import { step, workflow } from '../support/definitions.js';
import { gate, Tally } from '../support/gate.js';
import { VirtualClock } from '../support/virtual-clock.js';

// Red when: libs/workflow/src/engine/step-attempt.ts
//   - settle({ kind: 'failed', failure: timeoutFailure(step, new Date(clock.now())) });
//   +
describe('F09 a step that does not settle in its time', () => {
  const start = appPerTest();

  it('fails with STEP_TIMED_OUT, is told so by its signal, and frees its slot', async () => {
    const clock = new VirtualClock();
    const { manager } = await start({ clock, options: { limits: { concurrency: 1 } } });
    const reasons: unknown[] = [];
    const stuck = step(
      'stuck',
      ({ signal }) => {
        signal.addEventListener('abort', () => reasons.push(signal.reason));
        return new Promise(() => undefined);
      },
      { timeout: 7_000 },
    );
    manager.registerWorkflow({}, workflow('stuck', [stuck]));
    manager.registerWorkflow({}, workflow('next', [step('a', () => 'ran')]));
    await manager.runAsTenant('acme', async () => {
      const first = await manager.startWorkflow('stuck');
      const second = await manager.startWorkflow('next');
      await clock.timer(7_000);
      await clock.advance(6_999);
      expect(reasons).toEqual([]);
      await clock.advance(1);
      const result = await first.result();
      expect(result).toMatchObject({
        success: false,
        statusCode: 504,
        errors: [
          { code: 'STEP_TIMED_OUT', stepId: 'stuck', retryable: true, details: { timeout: 7_000 } },
        ],
      });
      expect(result.metadata?.steps[0]).toMatchObject({ status: 'failed', duration: 7_000 });
      expect(reasons).toEqual([expect.objectContaining({ name: 'TimeoutError' })]);
      expect((await second.result()).data).toBe('ran');
    });
  });

  it('leaves no timer behind when it settles in time', async () => {
    const clock = new VirtualClock();
    const { manager } = await start({ clock, options: { pollInterval: '10m' } });
    manager.registerWorkflow({}, workflow('w', [step('a', () => 1, { timeout: 1_111 })]));
    await manager.runAsTenant('acme', () => manager.runWorkflow('w'));
    expect(clock.pending).not.toContain(1_111);
  });

  // Red when: libs/workflow/src/engine/step-attempt.ts
  //   - abort.abort(new DOMException(`Step "${step.id}" timed out`, 'TimeoutError'));
  //   +
  it('F65 is repeated, and the late result of the first attempt is dropped', async () => {
    const clock = new VirtualClock();
    const { manager } = await start({ clock });
    const attempts = new Tally();
    const results = [gate<string>(), gate<string>()];
    let signals = 0;
    const slow = step(
      'slow',
      async ({ retryCount, signal, data }) => {
        signal.addEventListener('abort', () => (signals += 1));
        attempts.mark();
        const result = await results[retryCount]?.passed;
        data[`attempt${retryCount}`] = true;
        return result;
      },
      { timeout: 2_222, retry: { maxRetries: 1, retryDelay: 333 } },
    );
    const after = step('after', ({ data }) => Object.keys(data), {
      dependencies: ['slow'],
    });
    const both = step(
      'both',
      (context) => [context.getOutput('slow'), context.getOutput('after')],
      {
        dependencies: ['after'],
      },
    );
    manager.registerWorkflow({}, workflow('late', [slow, after, both]));
    const run = manager.runAsTenant('acme', () => manager.runWorkflow('late'));

    await attempts.reached(1);
    await clock.advance(2_222);
    await clock.timer(333);
    await clock.advance(333);
    await attempts.reached(2);
    expect(signals).toBe(1);
    results[0]?.open('late');
    results[1]?.open('in time');
    const result = await run;
    expect(result).toMatchObject({ success: true, data: ['in time', ['attempt1']] });
    expect(attempts.count).toBe(2);
    expect(result.metadata?.steps[0]?.retryCount).toBe(1);
  });

  it('F52 may reject after its time without a consequence', async () => {
    const clock = new VirtualClock();
    const { manager } = await start({ clock });
    const late = gate();
    const begun = gate();
    const settle = (): Promise<void> => {
      begun.open();
      return late.passed;
    };
    const slow = step('slow', settle, { timeout: 4_321 });
    manager.registerWorkflow({}, workflow('late', [slow]));
    const run = manager.runAsTenant('acme', () => manager.runWorkflow('late'));
    await begun.passed;
    await clock.advance(4_321);
    // An unhandled rejection would fail the test.
    late.fail(new Error('too late'));
    expect(await run).toMatchObject({ errors: [{ code: 'STEP_TIMED_OUT' }] });
  });

  it('F64 settles once when it settles at the very moment of its timeout', async () => {
    const clock = new VirtualClock();
    const { manager } = await start({ clock });
    const signals: AbortSignal[] = [];
    const begun = gate();
    const tight = step(
      'tight',
      ({ signal }) => {
        signals.push(signal);
        begun.open();
        return new Promise((resolve) => clock.schedule(5_000, () => resolve('just')));
      },
      { timeout: 5_000 },
    );
    manager.registerWorkflow({}, workflow('tight', [tight]));
    const run = manager.runAsTenant('acme', () => manager.runWorkflow('tight'));
    await begun.passed;
    await clock.advance(5_000);
    const result = await run;
    expect(signals).toHaveLength(1);
    expect(signals[0]?.aborted).toBe(!result.success);
  });

  it('is given thirty seconds unless it says otherwise', async () => {
    const { manager } = await start({});
    manager.registerWorkflow({}, workflow('w', [step('a', ({ timeout }) => timeout)]));
    const result = await manager.runAsTenant('acme', () => manager.runWorkflow('w'));
    expect(result.data).toBe(30_000);
  });
});
