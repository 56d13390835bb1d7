import { afterEach, describe, expect, it } from '@jest/globals';
import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { ValidateBy } from 'class-validator';
import {
  Step,
  Workflow,
  WorkflowInput,
  WorkflowManager,
  type WorkflowHandle,
} from '@luxgen/workflow';
import { databaseFilePerTest } from '../support/database-file.js';
import { step, workflow } from '../support/definitions.js';
import { eventually } from '../support/eventually.js';
import { gate } from '../support/gate.js';
import { VirtualClock } from '../support/virtual-clock.js';
import { workflowApp, type WorkflowApp } from '../support/workflow-app.js';

describe('an application that ends', () => {
  const databaseFile = databaseFilePerTest();
  const open: WorkflowApp[] = [];
  afterEach(async () => {
    await Promise.all(open.splice(0).map((app) => app.close()));
  });
  const start = async (...setup: Parameters<typeof workflowApp>): Promise<WorkflowApp> => {
    const app = await workflowApp(...setup);
    open.push(app);
    return app;
  };

  it('lets running steps finish, and begins no others', async () => {
    const options = { store: { database: databaseFile() } };
    const begun = gate();
    const release = gate<string>();
    const ran: string[] = [];
    const definition = workflow('w', [
      step('first', () => {
        ran.push('first');
        begun.open();
        return release.passed;
      }),
      step(
        'second',
        (context) => {
          ran.push('second');
          return context.getOutput('first');
        },
        { dependencies: ['first'] },
      ),
    ]);
    const first = await start({ options });
    first.manager.registerWorkflow({}, definition);
    const handle = await first.manager.runAsTenant('acme', () => first.manager.startWorkflow('w'));
    const outcome = handle.result().catch((error: unknown) => error);
    await begun.passed;
    const closed = first.close();
    release.open('kept');
    await closed;
    expect(ran).toEqual(['first']);
    // Who waits is told that this process will not see the end.
    expect(await outcome).toMatchObject({ code: 'SHUTTING_DOWN' });

    const second = await start({ options });
    second.manager.registerWorkflow({}, definition);
    const status = () =>
      second.manager.runAsTenant('acme', () =>
        second.manager.getExecutionStatus(String(handle.executionId)),
      );
    await eventually(async () => (await status())?.status === 'completed');
    expect(ran).toEqual(['first', 'second']);
    expect((await status())?.results[1]?.data).toBe('kept');
  });

  it('aborts steps that take longer than the drain timeout, and they run again later', async () => {
    const clock = new VirtualClock();
    const options = { store: { database: databaseFile() }, drainTimeout: 7_777 };
    const begun = gate();
    const reasons: unknown[] = [];
    let runs = 0;
    const definition = workflow('w', [
      step(
        'a',
        ({ signal }) => {
          runs += 1;
          if (runs > 1) return 'second time';
          signal.addEventListener('abort', () => reasons.push(signal.reason));
          begun.open();
          return new Promise(() => undefined);
        },
        { timeout: 60_000 },
      ),
    ]);
    const first = await start({ options, clock });
    first.manager.registerWorkflow({}, definition);
    const handle = await first.manager.runAsTenant('acme', () => first.manager.startWorkflow('w'));
    await begun.passed;
    const closed = first.close();
    await clock.timer(7_777);
    expect(reasons).toEqual([]);
    await clock.advance(7_777);
    await closed;
    expect(reasons).toEqual([
      expect.objectContaining({ message: 'The application is shutting down.' }),
    ]);

    const second = await start({ options, clock });
    second.manager.registerWorkflow({}, definition);
    await eventually(async () => {
      const id = String(handle.executionId);
      const status = await second.manager.runAsTenant('acme', () =>
        second.manager.getExecutionStatus(id),
      );
      return status?.results[0]?.data === 'second time';
    });
    expect(runs).toBe(2);
  });

  it('refuses starts and retries from the beginning of its end, as an envelope', async () => {
    const answers: unknown[] = [];

    @Injectable()
    class Late implements BeforeApplicationShutdown {
      constructor(private readonly moduleRef: ModuleRef) {}

      async beforeApplicationShutdown(): Promise<void> {
        const manager = this.moduleRef.get(WorkflowManager, { strict: false });
        await manager.runAsTenant('acme', async () => {
          answers.push(await manager.runWorkflow('w'));
          answers.push(await manager.retryExecution('018f3f7e-0000-7000-8000-000000000000'));
        });
      }
    }
    const { manager, close } = await start({ providers: [Late] });
    manager.registerWorkflow({}, workflow('w', [step('a', () => 1)]));
    await close();
    const refused = { success: false, statusCode: 503, errors: [{ code: 'SHUTTING_DOWN' }] };
    expect(answers).toMatchObject([refused, refused]);
    expect(await manager.runAsTenant('acme', () => manager.runWorkflow('w'))).toMatchObject(
      refused,
    );
  });

  it('refuses a start whose input is still being checked when it begins to end', async () => {
    const checking = gate();
    const checked = gate<boolean>();
    const started: Promise<WorkflowHandle<unknown>>[] = [];

    class Order {
      @ValidateBy({
        name: 'slow',
        async: true,
        validator: {
          validate: () => {
            checking.open();
            return checked.passed;
          },
        },
      })
      id!: number;
    }

    @Workflow({ id: 'checked', version: '1.0.0' })
    class CheckedWorkflow {
      @Step()
      run(@WorkflowInput() order: Order) {
        return order.id;
      }
    }

    @Injectable()
    class Late implements BeforeApplicationShutdown {
      async beforeApplicationShutdown(): Promise<void> {
        checked.open(true);
        await Promise.all(started);
      }
    }
    const options = { store: { database: databaseFile() } };
    const { manager, close } = await start({ options, providers: [CheckedWorkflow, Late] });
    const starting = manager.runAsTenant('acme', () =>
      manager.startWorkflow(CheckedWorkflow, { id: 1 }),
    );
    started.push(starting);
    await checking.passed;

    await close();

    const handle = await starting;
    expect(handle.accepted).toBe(false);
    expect(await handle.result()).toMatchObject({ errors: [{ code: 'SHUTTING_DOWN' }] });
    const later = await start({ options, providers: [CheckedWorkflow] });
    await later.manager.runAsTenant('acme', async () => {
      expect(await later.manager.getTenantExecutions()).toEqual([]);
    });
  });

  it('twice ends once', async () => {
    const { manager, close } = await start({});
    manager.registerWorkflow({}, workflow('w', [step('a', () => 1)]));
    await manager.runAsTenant('acme', () => manager.runWorkflow('w'));
    await Promise.all([close(), close()]);
    await close();
  });

  it('leaves no timer behind', async () => {
    const clock = new VirtualClock();
    const { manager, close } = await start({ clock });
    const flaky = step(
      'a',
      () => {
        throw new Error('later');
      },
      { retry: { maxRetries: 1, retryDelay: 4_444 } },
    );
    manager.registerWorkflow({}, workflow('w', [flaky]));
    await manager.runAsTenant('acme', () => manager.startWorkflow('w'));
    await clock.timer(4_444);
    await close();
    expect(clock.pending).toEqual([]);
  });
});

describe('worker: false', () => {
  const databaseFile = databaseFilePerTest();

  it('starts and reads executions, and advances none; a worker does that later', async () => {
    const store = { database: databaseFile() };
    let effects = 0;
    const definition = workflow('w', [step('a', () => (effects += 1))]);
    const clock = new VirtualClock();
    const api = await workflowApp({ options: { store, worker: false }, clock });
    api.manager.registerWorkflow({}, definition);
    const handle = await api.manager.runAsTenant('acme', () => api.manager.startWorkflow('w'));
    const cancelled = await api.manager.runAsTenant('acme', () => api.manager.startWorkflow('w'));
    const status = (app: WorkflowApp, id: string | undefined) =>
      app.manager.runAsTenant('acme', () => app.manager.getExecutionStatus(String(id)));
    await clock.advance(10_000);
    expect(await status(api, handle.executionId)).toMatchObject({
      status: 'pending',
      results: [{ stepId: 'a', status: 'pending' }],
    });
    await api.manager.runAsTenant('acme', () =>
      api.manager.cancelExecution(String(cancelled.executionId)),
    );
    expect(await cancelled.result()).toMatchObject({ statusCode: 409 });
    await api.close();
    expect(effects).toBe(0);

    const worker = await workflowApp({ options: { store } });
    worker.manager.registerWorkflow({}, definition);
    await eventually(
      async () => (await status(worker, handle.executionId))?.status === 'completed',
    );
    await worker.close();
    expect(effects).toBe(1);
  });
});
