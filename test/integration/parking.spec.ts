import { describe, expect, it } from '@jest/globals';
import type { WorkflowManager, WorkflowStep } from '@luxgen/workflow';
import { appPerTest } from '../support/app-per-test.js';
import { databaseFilePerTest } from '../support/database-file.js';
import { step, workflow } from '../support/definitions.js';
import { eventually } from '../support/eventually.js';
import { gate, Tally } from '../support/gate.js';
import { VirtualClock } from '../support/virtual-clock.js';

const MINUTE = 60_000;
const DAY = 86_400_000;

const statusOf = async (manager: WorkflowManager, id: string | undefined) =>
  (await manager.runAsTenant('acme', () => manager.getExecutionStatus(String(id))))?.status;

const parked = (manager: WorkflowManager, id: string | undefined): Promise<boolean> =>
  eventually(async () => (await statusOf(manager, id)) === 'waiting');

describe('an execution that waits for longer than longestWaitInMemory', () => {
  const start = appPerTest();
  const databaseFile = databaseFilePerTest();

  /** Fails until its last attempt, and keeps what each of them saw. */
  const flaky = (failures: number, retryDelay: number, options: Partial<WorkflowStep> = {}) => {
    const attempts: unknown[] = [];
    const definition = step(
      'flaky',
      ({ retryCount, errorContext }) => {
        attempts.push([retryCount, errorContext.errorMessage]);
        if (retryCount < failures) throw new Error(`attempt ${retryCount}`);
        return 'at last';
      },
      { retry: { maxRetries: failures, retryDelay }, ...options },
    );
    return { attempts, definition };
  };

  it('is waiting, frees its slot, and goes on when it is due', async () => {
    const clock = new VirtualClock();
    const { manager } = await start({ clock, options: { limits: { concurrency: 1 } } });
    const { attempts, definition } = flaky(2, MINUTE);
    manager.registerWorkflow({}, workflow('parks', [definition]));
    manager.registerWorkflow({}, workflow('other', [step('a', () => 'ran')]));
    await manager.runAsTenant('acme', async () => {
      const started = await manager.startWorkflow('parks');
      for (const repeat of [1, 2]) {
        await parked(manager, started.executionId);
        expect((await manager.runWorkflow('other')).data).toBe('ran');
        expect(await manager.getExecutionStatus(String(started.executionId))).toMatchObject({
          status: 'waiting',
          results: [{ stepId: 'flaky', status: 'pending' }],
        });
        await clock.advance(MINUTE - 5_000);
        expect(attempts).toHaveLength(repeat);
        await clock.advance(6_000);
      }
      expect(await started.result()).toMatchObject({ success: true, data: 'at last' });
    });
    expect(attempts).toEqual([
      [0, undefined],
      [1, 'Error: attempt 0'],
      [2, 'Error: attempt 1'],
    ]);
  });

  it('counts its attempts across the waits: maxRetries holds', async () => {
    const clock = new VirtualClock();
    const { manager } = await start({ clock });
    let attempts = 0;
    const hopeless = step(
      'hopeless',
      () => {
        attempts += 1;
        throw new Error('never');
      },
      { retry: { maxRetries: 2, retryDelay: MINUTE } },
    );
    manager.registerWorkflow({}, workflow('w', [hopeless]));
    const started = await manager.runAsTenant('acme', () => manager.startWorkflow('w'));
    for (let wait = 0; wait < 2; wait += 1) {
      await parked(manager, started.executionId);
      await clock.advance(MINUTE);
    }
    const result = await started.result();
    expect(result).toMatchObject({ success: false, errors: [{ message: 'Error: never' }] });
    expect(result.metadata?.steps).toMatchObject([{ retryCount: 2 }]);
    expect(attempts).toBe(3);
  });

  it('repeats nothing that has completed, and keeps outputs, writes and audit entries', async () => {
    const clock = new VirtualClock();
    const { manager } = await start({ clock });
    const { definition } = flaky(1, MINUTE, { dependencies: ['first'] });
    let effects = 0;
    manager.registerWorkflow(
      {},
      workflow('w', [
        step('first', ({ data, auditTrail }) => {
          effects += 1;
          data['written'] = effects;
          auditTrail.push({
            timestamp: new Date(0),
            action: 'first',
            tenantId: 'acme',
            resource: 'r',
            details: {},
          });
          return { at: new Date(1) };
        }),
        definition,
        step('last', (context) => [context.getOutput('first'), context.data], {
          dependencies: ['flaky'],
        }),
      ]),
    );
    const started = await manager.runAsTenant('acme', () => manager.startWorkflow('w'));
    await parked(manager, started.executionId);
    await clock.advance(MINUTE);
    const result = await started.result();
    expect(result.data).toEqual([{ at: new Date(1) }, { written: 1 }]);
    expect(result.metadata?.auditTrail.map(({ action }) => action)).toEqual(['first']);
    expect(effects).toBe(1);
  });

  it('does not wait while another of its steps runs', async () => {
    const clock = new VirtualClock();
    const { manager } = await start({ clock });
    const { attempts, definition } = flaky(1, MINUTE);
    const begun = new Tally();
    const release = gate();
    manager.registerWorkflow(
      {},
      workflow('w', [
        definition,
        step(
          'slow',
          () => {
            begun.mark();
            return release.passed;
          },
          { timeout: DAY },
        ),
      ]),
    );
    const started = await manager.runAsTenant('acme', () => manager.startWorkflow('w'));
    await clock.timer(MINUTE);
    expect(await statusOf(manager, started.executionId)).toBe('running');
    await clock.advance(MINUTE);
    await eventually(() => attempts.length === 2);
    release.open();
    expect((await started.result()).success).toBe(true);
    expect(begun.count).toBe(1);
  });

  it('does not wait before it has begun what another of its steps made ready', async () => {
    const clock = new VirtualClock();
    const { manager } = await start({ clock });
    const { definition } = flaky(1, MINUTE);
    const ran = new Tally();
    const release = gate();
    manager.registerWorkflow(
      {},
      workflow('w', [
        definition,
        step('slow', () => release.passed),
        step('after', () => ran.mark(), { dependencies: ['slow'] }),
      ]),
    );
    const started = await manager.runAsTenant('acme', () => manager.startWorkflow('w'));
    await clock.timer(MINUTE);
    release.open();
    // The clock stands still.
    await ran.reached(1);
    await parked(manager, started.executionId);
    await clock.advance(MINUTE);
    expect((await started.result()).success).toBe(true);
    expect(ran.count).toBe(1);
  });

  it('waits in memory, as running, when the delay is short enough', async () => {
    const clock = new VirtualClock();
    const { manager } = await start({ clock, options: { longestWaitInMemory: MINUTE } });
    const { definition } = flaky(1, MINUTE);
    manager.registerWorkflow({}, workflow('w', [definition]));
    const started = await manager.runAsTenant('acme', () => manager.startWorkflow('w'));
    await clock.timer(MINUTE);
    expect(await statusOf(manager, started.executionId)).toBe('running');
    await clock.advance(MINUTE);
    expect((await started.result()).success).toBe(true);
  });

  it('can be cancelled, and then never goes on', async () => {
    const clock = new VirtualClock();
    const { manager } = await start({ clock });
    const { attempts, definition } = flaky(1, MINUTE);
    manager.registerWorkflow({}, workflow('w', [definition]));
    const started = await manager.runAsTenant('acme', () => manager.startWorkflow('w'));
    const id = String(started.executionId);
    await parked(manager, id);
    expect(await manager.runAsTenant('acme', () => manager.cancelExecution(id))).toBe(true);
    expect(await started.result()).toMatchObject({
      success: false,
      statusCode: 409,
      errors: [{ code: 'EXECUTION_CANCELLED' }],
    });
    await clock.advance(2 * MINUTE);
    expect(attempts).toHaveLength(1);
    expect(await statusOf(manager, id)).toBe('cancelled');
  });

  // Red when: libs/workflow/src/engine/retry-waits.ts
  //   - if (dueAt > this.clock.monotonic() + 1) {
  //   + if (false) {
  it.each([
    ['parked', '5s'],
    ['in memory', '60d'],
  ] as const)('F43 may wait longer than any timer: %s', async (_where, longestWaitInMemory) => {
    const clock = new VirtualClock();
    const { manager } = await start({
      clock,
      options: { longestWaitInMemory, pollInterval: '1d' },
    });
    const { attempts, definition } = flaky(1, 40 * DAY, {
      retry: { maxRetries: 1, retryDelay: 40 * DAY, maxRetryDelay: 100 * DAY },
    });
    manager.registerWorkflow({}, workflow('w', [definition]));
    const started = await manager.runAsTenant('acme', () => manager.startWorkflow('w'));
    await (longestWaitInMemory === '5s'
      ? parked(manager, started.executionId)
      : clock.timer(2 ** 31 - 1));
    await clock.advance(39 * DAY);
    expect(attempts).toHaveLength(1);
    await clock.advance(2 * DAY);
    expect((await started.result()).success).toBe(true);
    expect(attempts).toHaveLength(2);
  });

  it('survives the end of the application, with the count of its attempts', async () => {
    const clock = new VirtualClock();
    const options = { store: { database: databaseFile() } };
    const { attempts, definition } = flaky(2, MINUTE);
    const first = await start({ clock, options });
    first.manager.registerWorkflow({}, workflow('w', [definition]));
    const started = await first.manager.runAsTenant('acme', () => first.manager.startWorkflow('w'));
    await parked(first.manager, started.executionId);
    await first.close();

    const second = await start({ clock, options });
    second.manager.registerWorkflow({}, workflow('w', [definition]));
    await clock.advance(MINUTE - 5_000);
    expect(attempts).toHaveLength(1);
    await eventually(async () => {
      await clock.advance(1_000);
      return attempts.length === 2;
    });
    await parked(second.manager, started.executionId);
    await second.close();

    const third = await start({ clock, options });
    // Long due when the application comes back.
    await clock.advance(10 * MINUTE);
    third.manager.registerWorkflow({}, workflow('w', [definition]));
    await eventually(
      async () => (await statusOf(third.manager, started.executionId)) === 'completed',
    );
    expect(attempts).toEqual([
      [0, undefined],
      [1, 'Error: attempt 0'],
      [2, 'Error: attempt 1'],
    ]);
  });
});
