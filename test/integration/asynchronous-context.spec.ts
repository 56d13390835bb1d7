import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, it } from '@jest/globals';
import { appPerTest } from '../support/app-per-test.js';
import { step, workflow } from '../support/definitions.js';
import { gate } from '../support/gate.js';
import { VirtualClock } from '../support/virtual-clock.js';

describe('the asynchronous context of a step', () => {
  const start = appPerTest();
  const storage = new AsyncLocalStorage<string>();
  const look = step('look', () => storage.getStore() ?? 'nothing');

  it('is not that of the starter, which a resumed execution would not have either', async () => {
    const { manager } = await start({});
    manager.registerWorkflow({}, workflow('w', [look]));
    const result = await manager.runAsTenant('acme', () =>
      storage.run('of the starter', () => manager.runWorkflow('w')),
    );
    expect(result.data).toBe('nothing');
    expect(storage.getStore()).toBeUndefined();
  });

  it('is not that of whoever woke the worker for the execution of another tenant', async () => {
    const { manager } = await start({ options: { limits: { concurrency: 1 } } });
    const release = gate();
    manager.registerWorkflow({}, workflow('first', [step('wait', () => release.passed)]));
    manager.registerWorkflow({}, workflow('w', [look]));
    await manager.runAsTenant('acme', () => manager.startWorkflow('first'));
    const waiting = await storage.run('of globex', () =>
      manager.runAsTenant('globex', () => manager.startWorkflow('w')),
    );
    const other = await storage.run('of acme', () =>
      manager.runAsTenant('acme', () => manager.startWorkflow('w')),
    );
    storage.run('of the test', () => release.open());
    expect([(await waiting.result()).data, (await other.result()).data]).toEqual([
      'nothing',
      'nothing',
    ]);
  });

  it('is the same in a repeat', async () => {
    const clock = new VirtualClock();
    const { manager } = await start({ clock });
    const seen: unknown[] = [];
    const flaky = step(
      'flaky',
      ({ retryCount }) => {
        seen.push(storage.getStore());
        if (retryCount === 0) throw new Error('once');
      },
      { retry: { maxRetries: 1, retryDelay: 3_000 } },
    );
    manager.registerWorkflow({}, workflow('w', [flaky]));
    const run = storage.run('of the starter', () =>
      manager.runAsTenant('acme', () => manager.runWorkflow('w')),
    );
    await clock.timer(3_000);
    await storage.run('of the clock', () => clock.advance(3_000));
    await run;
    expect(seen).toHaveLength(2);
    expect(seen[0]).toBeUndefined();
  });

  it('carries the tenant of the execution, so that what a step starts is for that tenant', async () => {
    const { manager } = await start({});
    manager.registerWorkflow({}, workflow('child', [step('a', ({ tenantId }) => tenantId)]));
    manager.registerWorkflow(
      {},
      workflow('parent', [
        step('a', async () => (await manager.runWorkflow('child')).data),
        step('b', async () => {
          // A scope of its own does not leak into the steps beside it.
          await manager.runAsTenant('globex', () => manager.runWorkflow('child'));
          return (await manager.getTenantExecutions()).every(({ tenantId }) => tenantId === 'acme');
        }),
      ]),
    );
    const result = await manager.runAsTenant('acme', () => manager.runWorkflow('parent'));
    expect(result.data).toEqual({ a: 'acme', b: true });
  });
});
