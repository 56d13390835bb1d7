import { describe, expect, it } from '@jest/globals';
import { appPerTest } from '../support/app-per-test.js';
import { step, workflow } from '../support/definitions.js';
import { gate, Tally, type Gate } from '../support/gate.js';

describe('steps that are ready', () => {
  const start = appPerTest();

  /** Steps that wait at a gate each, and what has begun. */
  const gated = (count: number) => {
    const begun: string[] = [];
    const tally = new Tally();
    const gates = new Map<string, Gate<string>>();
    const steps = Array.from({ length: count }, (_, index) => {
      const id = `s${index}`;
      const wait = gate<string>();
      gates.set(id, wait);
      return step(id, () => {
        begun.push(id);
        tally.mark();
        return wait.passed;
      });
    });
    const open = (id: string): void => gates.get(id)?.open(id);
    return { begun, tally, steps, open };
  };

  it('run side by side up to the limit, in definition order', async () => {
    const { manager } = await start({ options: { limits: { parallelSteps: 3 } } });
    const { begun, tally, steps, open } = gated(5);
    manager.registerWorkflow({}, workflow('fan', steps));
    const result = manager.runAsTenant('acme', () => manager.runWorkflow('fan'));

    await tally.reached(3);
    expect(begun).toEqual(['s0', 's1', 's2']);
    open('s1');
    await tally.reached(4);
    expect(begun).toEqual(['s0', 's1', 's2', 's3']);
    for (const id of ['s0', 's2', 's3', 's4']) open(id);
    expect((await result).data).toEqual({ s0: 's0', s1: 's1', s2: 's2', s3: 's3', s4: 's4' });
  });

  it('are sixteen at a time unless the options say otherwise', async () => {
    const { manager } = await start({});
    const { begun, tally, steps, open } = gated(17);
    manager.registerWorkflow({}, workflow('fan', steps));
    const result = manager.runAsTenant('acme', () => manager.runWorkflow('fan'));
    await tally.reached(16);
    expect(begun).toHaveLength(16);
    for (let index = 0; index < 17; index += 1) open(`s${index}`);
    expect((await result).success).toBe(true);
    expect(begun).toHaveLength(17);
  });

  it('share the limit within one execution only', async () => {
    const { manager } = await start({ options: { limits: { parallelSteps: 1 } } });
    const { tally, steps, open } = gated(1);
    manager.registerWorkflow({}, workflow('one', steps));
    const results = [1, 2, 3].map(() =>
      manager.runAsTenant('acme', () => manager.runWorkflow('one')),
    );
    await tally.reached(3);
    open('s0');
    for (const { success } of await Promise.all(results)) expect(success).toBe(true);
  });

  it('wait for all of their dependencies, and receive their outputs', async () => {
    const { manager } = await start({});
    const { tally, steps, open } = gated(2);
    let joined = 0;
    const join = step(
      'join',
      (context) => {
        joined += 1;
        return [context.getOutput('s0'), context.getOutput('s1')];
      },
      { dependencies: ['s0', 's1'] },
    );
    manager.registerWorkflow({}, workflow('diamond', [join, ...steps]));
    const started = await manager.runAsTenant('acme', () => manager.startWorkflow('diamond'));
    await tally.reached(2);
    open('s1');
    expect(joined).toBe(0);
    open('s0');
    expect((await started.result()).data).toEqual(['s0', 's1']);
  });

  it('see in the store what they depend on, before they begin', async () => {
    const { manager } = await start({});
    let stored: unknown;
    manager.registerWorkflow(
      {},
      workflow('durable', [
        step('first', () => 'kept'),
        step(
          'second',
          async (context) => {
            const execution = await manager.getExecutionStatus(context.executionId);
            stored = execution?.results.map(({ status, data }) => ({ status, data }));
          },
          { dependencies: ['first'] },
        ),
      ]),
    );
    await manager.runAsTenant('acme', () => manager.runWorkflow('durable'));
    expect(stored).toEqual([
      { status: 'completed', data: 'kept' },
      { status: 'running', data: undefined },
    ]);
  });
});
