import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { Inject, Injectable, Module, Scope, type DynamicModule } from '@nestjs/common';
import { Step, Workflow, type WorkflowContext, type WorkflowManager } from '@luxgen/workflow';
import { appPerTest } from '../support/app-per-test.js';
import { step, workflow } from '../support/definitions.js';
import { gate, type Gate } from '../support/gate.js';
import { VirtualClock } from '../support/virtual-clock.js';

const CANCELLED = {
  success: false,
  statusCode: 409,
  message: 'The execution was cancelled.',
  errors: [{ code: 'EXECUTION_CANCELLED', retryable: false }],
};

describe('cancelExecution()', () => {
  const start = appPerTest();

  const asAcme = <T>(manager: WorkflowManager, work: () => Promise<T>): Promise<T> =>
    manager.runAsTenant('acme', work);

  // Red when: libs/workflow/src/workflow-runtime.ts
  //   - engine.executionEngine.cancel(key);
  //   +
  it('F10 ends a running execution at once, although its step ignores the signal', async () => {
    const clock = new VirtualClock();
    const { manager } = await start({ clock, options: { limits: { concurrency: 1 } } });
    const begun = gate();
    const late = gate<string>();
    let signal: AbortSignal | undefined;
    let after = 0;
    manager.registerWorkflow(
      {},
      workflow('w', [
        step('done', () => 'kept'),
        step(
          'deaf',
          (context) => {
            ({ signal } = context);
            begun.open();
            return late.passed;
          },
          { dependencies: ['done'], timeout: 9_999 },
        ),
        step('after', () => (after += 1), { dependencies: ['deaf'] }),
      ]),
    );
    manager.registerWorkflow({}, workflow('next', [step('a', () => 'ran')]));
    await asAcme(manager, async () => {
      const started = await manager.startWorkflow('w');
      const id = String(started.executionId);
      await begun.passed;
      expect(await manager.cancelExecution(id)).toBe(true);

      const result = await started.result();
      expect(result).toMatchObject(CANCELLED);
      expect(result.metadata?.steps).toMatchObject([
        { stepId: 'done', status: 'completed', data: 'kept' },
        { stepId: 'deaf', status: 'cancelled', reason: 'The execution was cancelled.' },
        { stepId: 'after', status: 'cancelled' },
      ]);
      expect(signal?.aborted).toBe(true);
      expect(clock.pending).not.toContain(9_999);
      // Its slot is free although the step still runs.
      expect((await manager.runWorkflow('next')).data).toBe('ran');

      late.open('late');
      await manager.runWorkflow('next');
      expect(after).toBe(0);
      const stored = await manager.getExecutionStatus(id);
      expect(stored?.status).toBe('cancelled');
      expect(stored?.results[1]).not.toHaveProperty('data');
    });
  });

  it('F10 swallows the late rejection of the step', async () => {
    const { manager } = await start({});
    const begun = gate();
    const late = gate();
    manager.registerWorkflow(
      {},
      workflow('w', [
        step('deaf', () => {
          begun.open();
          return late.passed;
        }),
      ]),
    );
    await asAcme(manager, async () => {
      const started = await manager.startWorkflow('w');
      await begun.passed;
      await manager.cancelExecution(String(started.executionId));
      // An unhandled rejection would fail the test.
      late.fail(new Error('too late'));
      expect(await started.result()).toMatchObject(CANCELLED);
    });
  });

  it('ends an execution that has not begun, and it never begins', async () => {
    const { manager } = await start({ options: { limits: { concurrency: 1 } } });
    const release = gate();
    let ran = 0;
    manager.registerWorkflow({}, workflow('first', [step('a', () => release.passed)]));
    manager.registerWorkflow({}, workflow('second', [step('a', () => (ran += 1))]));
    await asAcme(manager, async () => {
      const first = await manager.startWorkflow('first');
      const second = await manager.startWorkflow('second');
      expect(await manager.getExecutionStatus(String(second.executionId))).toMatchObject({
        status: 'pending',
      });
      expect(await manager.cancelExecution(String(second.executionId))).toBe(true);
      expect(await second.result()).toMatchObject(CANCELLED);
      release.open();
      await first.result();
      expect((await manager.runWorkflow('first')).success).toBe(true);
    });
    expect(ran).toBe(0);
  });

  it('says no to an execution that has ended, and changes nothing of it', async () => {
    const { manager } = await start({});
    manager.registerWorkflow({}, workflow('w', [step('a', () => 1)]));
    await asAcme(manager, async () => {
      const started = await manager.startWorkflow('w');
      await started.result();
      const id = String(started.executionId);
      const before = await manager.getExecutionStatus(id);
      expect(await manager.cancelExecution(id)).toBe(false);
      expect(await manager.getExecutionStatus(id)).toEqual(before);
    });
  });

  it('F64 twenty times at once succeeds once', async () => {
    const { manager } = await start({});
    const begun = gate();
    manager.registerWorkflow(
      {},
      workflow('w', [
        step('a', () => {
          begun.open();
          return new Promise(() => undefined);
        }),
      ]),
    );
    await asAcme(manager, async () => {
      const started = await manager.startWorkflow('w');
      await begun.passed;
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => manager.cancelExecution(String(started.executionId))),
      );
      expect(answers.filter(Boolean)).toHaveLength(1);
    });
  });

  it('F64 against an end at the same moment leaves one end, and everybody hears of that one', async () => {
    const { manager } = await start({});
    let release!: Gate;
    manager.registerWorkflow({}, workflow('w', [step('a', () => release.passed)]));
    const ends = new Set<string>();
    await asAcme(manager, async () => {
      for (let round = 0; round < 30; round += 1) {
        release = gate();
        const started = await manager.startWorkflow('w');
        const id = String(started.executionId);
        const cancel = async (): Promise<boolean> => {
          for (let turns = 0; turns < round / 10; turns += 1) await turn();
          for (let ticks = 0; ticks < round % 10; ticks += 1) await Promise.resolve();
          return manager.cancelExecution(id);
        };
        release.open();
        const [cancelled, result] = await Promise.all([cancel(), started.result()]);
        const stored = await manager.getExecutionStatus(id);
        expect(result.success).toBe(!cancelled);
        expect(stored?.status).toBe(cancelled ? 'cancelled' : 'completed');
        ends.add(String(stored?.status));
      }
    });
    // Both ends have been seen, so the race was one.
    expect([...ends].sort()).toEqual(['cancelled', 'completed']);
  });

  it('while providers are being made for it keeps the step from being called', async () => {
    const making = gate();
    const made = gate();
    let effects = 0;

    @Injectable({ scope: Scope.REQUEST })
    class Slow {}

    @Workflow({ id: 'scoped', version: '1.0.0' })
    class ScopedWorkflow {
      constructor(@Inject(Slow) readonly slow: Slow) {}

      @Step()
      only(): number {
        return (effects += 1);
      }
    }

    @Module({})
    class SlowModule {
      static forRoot(): DynamicModule {
        const slow = {
          provide: Slow,
          scope: Scope.REQUEST,
          useFactory: async () => {
            making.open();
            await made.passed;
            return new Slow();
          },
        };
        return { module: SlowModule, providers: [slow, ScopedWorkflow] };
      }
    }

    const { manager } = await start({ imports: [SlowModule.forRoot()] });
    await asAcme(manager, async () => {
      const started = await manager.startWorkflow(ScopedWorkflow);
      await making.passed;
      await manager.cancelExecution(String(started.executionId));
      made.open();
      expect(await started.result()).toMatchObject(CANCELLED);
      manager.registerWorkflow({}, workflow('next', [step('a', () => 1)]));
      await manager.runWorkflow('next');
    });
    expect(effects).toBe(0);
  });

  it('does not stop the executions beside it', async () => {
    const { manager } = await start({});
    const release = gate<string>();
    const signals: AbortSignal[] = [];
    const all = gate();
    manager.registerWorkflow(
      {},
      workflow('w', [
        step('a', ({ signal }: WorkflowContext) => {
          if (signals.push(signal) === 3) all.open();
          return release.passed;
        }),
      ]),
    );
    await asAcme(manager, async () => {
      const handles = await Promise.all([1, 2, 3].map(() => manager.startWorkflow('w')));
      await all.passed;
      await manager.cancelExecution(String(handles[1]?.executionId));
      release.open('done');
      const results = await Promise.all(handles.map((handle) => handle.result()));
      expect(results.map(({ success }) => success)).toEqual([true, false, true]);
      expect(signals.filter(({ aborted }) => aborted)).toHaveLength(1);
    });
  });
});
