import { describe, expect, it } from '@jest/globals';
import { appPerTest } from '../support/app-per-test.js';
import { step, workflow } from '../support/definitions.js';
import { gate, Tally, type Gate } from '../support/gate.js';
import { VirtualClock } from '../support/virtual-clock.js';

describe('the slots of a process', () => {
  const start = appPerTest();

  /** A workflow whose executions wait at the gate of the number they are given. */
  const gated = (count: number) => {
    const gates = Array.from({ length: count }, () => gate());
    const begun: number[] = [];
    const tally = new Tally();
    let running = 0;
    let most = 0;
    const definition = workflow('gated', [
      step('wait', async ({ input }) => {
        begun.push(Number(input));
        running += 1;
        most = Math.max(most, running);
        tally.mark();
        await gates[Number(input)]?.passed;
        running -= 1;
      }),
    ]);
    return { gates, begun, tally, definition, most: () => most };
  };

  it('hold no more executions than they are; the others wait as pending', async () => {
    const { manager } = await start({ options: { limits: { concurrency: 3 } } });
    const { gates, begun, tally, definition, most } = gated(10);
    manager.registerWorkflow({}, definition);
    await manager.runAsTenant('acme', async () => {
      const handles = await Promise.all(gates.map((_gate, n) => manager.startWorkflow('gated', n)));
      await tally.reached(3);
      expect((await manager.getTenantExecutions('acme', { status: 'pending' })).length).toBe(7);
      expect((await manager.getTenantExecutions('acme', { status: 'running' })).length).toBe(3);
      for (const one of gates) one.open();
      for (const handle of handles) expect((await handle.result()).success).toBe(true);
    });
    expect(most()).toBe(3);
    expect([...begun].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('go to the next that waits as soon as one is free, in the order of the starts', async () => {
    // The clock stands still, so no poll helps.
    const clock = new VirtualClock();
    const { manager } = await start({ clock, options: { limits: { concurrency: 1 } } });
    const { gates, begun, tally, definition } = gated(4);
    manager.registerWorkflow({}, definition);
    await manager.runAsTenant('acme', async () => {
      for (let n = 0; n < 4; n += 1) await manager.startWorkflow('gated', n);
      for (let n = 0; n < 4; n += 1) {
        await tally.reached(n + 1);
        gates[n]?.open();
      }
    });
    expect(begun).toEqual([0, 1, 2, 3]);
  });

  it('do not go to a start that comes while others have waited for longer', async () => {
    const clock = new VirtualClock();
    const { manager } = await start({ clock, options: { limits: { concurrency: 1 } } });
    const { gates, begun, tally, definition } = gated(3);
    manager.registerWorkflow({}, definition);
    await manager.runAsTenant('acme', async () => {
      await manager.startWorkflow('gated', 0);
      await manager.startWorkflow('gated', 1);
      await tally.reached(1);
      const last = manager.startWorkflow('gated', 2);
      for (const one of gates) one.open();
      await tally.reached(3);
      await last;
    });
    expect(begun).toEqual([0, 1, 2]);
  });

  it('are given back by executions that fail, are cancelled, time out or wait', async () => {
    const clock = new VirtualClock();
    const { manager } = await start({ clock, options: { limits: { concurrency: 1 } } });
    const begun = gate();
    const never = (open: Gate): Promise<void> => {
      open.open();
      return new Promise(() => undefined);
    };
    const timedOut = gate();
    const fails = (retryDelay?: number) =>
      step(
        'a',
        () => {
          throw new Error('no');
        },
        retryDelay ? { retry: { maxRetries: 1, retryDelay } } : {},
      );
    manager.registerWorkflow({}, workflow('fails', [fails()]));
    manager.registerWorkflow({}, workflow('waits', [fails(3_600_000)]));
    manager.registerWorkflow({}, workflow('cancelled', [step('a', () => never(begun))]));
    manager.registerWorkflow(
      {},
      workflow('times-out', [step('a', () => never(timedOut), { timeout: 500 })]),
    );
    manager.registerWorkflow({}, workflow('last', [step('a', () => 'ran')]));
    await manager.runAsTenant('acme', async () => {
      await manager.runWorkflow('fails');
      await manager.startWorkflow('waits');
      const cancelled = await manager.startWorkflow('cancelled');
      await begun.passed;
      await manager.cancelExecution(String(cancelled.executionId));
      const late = await manager.startWorkflow('times-out');
      await timedOut.passed;
      await clock.advance(500);
      await late.result();
      expect((await manager.runWorkflow('last')).data).toBe('ran');
    });
  });

  it('are not used up by starts that are refused', async () => {
    const { manager } = await start({ options: { limits: { concurrency: 1 } } });
    manager.registerWorkflow({}, workflow('w', [step('a', () => 'ran')]));
    await manager.runAsTenant('acme', async () => {
      const key = { idempotencyKey: 'k' };
      await manager.runWorkflow('w', 1, key);
      for (let n = 0; n < 5; n += 1) {
        await manager.runWorkflow('w', () => 1);
        await manager.runWorkflow('nothing');
        await manager.runWorkflow('w', 2, key);
        await manager.runWorkflow('w', 1, key);
        await manager.runWorkflow('w', 1, { idempotencyKey: '' });
      }
      expect((await manager.runWorkflow('w')).data).toBe('ran');
    });
  });

  it('do not hold up a step that waits for an execution it started, when there are two', async () => {
    const { manager } = await start({ options: { limits: { concurrency: 2 } } });
    manager.registerWorkflow({}, workflow('child', [step('a', () => 'of the child')]));
    manager.registerWorkflow(
      {},
      workflow('parent', [step('a', async () => (await manager.runWorkflow('child')).data)]),
    );
    const result = await manager.runAsTenant('acme', () => manager.runWorkflow('parent'));
    expect(result.data).toBe('of the child');
  });
});
