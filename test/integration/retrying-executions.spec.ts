import { describe, expect, it } from '@jest/globals';
import { NonRetryableError, WorkflowUtils } from '@luxgen/workflow';
import { appPerTest } from '../support/app-per-test.js';
import { step, workflow } from '../support/definitions.js';
import { gate } from '../support/gate.js';
import { ACME } from '../support/tenants.js';

describe('retryExecution()', () => {
  const start = appPerTest();

  it('runs what did not complete, keeps what did, and sees its outputs and writes', async () => {
    const { manager } = await start({});
    const effects = { reserve: 0, charge: 0, ship: 0, mail: 0 };
    let broken = true;
    const seen: unknown[] = [];
    manager.registerWorkflow(
      {},
      workflow(
        'order',
        [
          step('reserve', ({ data }) => {
            data['reserved'] = effects.reserve += 1;
            return 'r1';
          }),
          step(
            'charge',
            (context) => {
              effects.charge += 1;
              seen.push([
                context.getOutput('reserve'),
                context.data['reserved'],
                context.retryCount,
              ]);
              if (broken) throw new NonRetryableError('declined', { code: 'DECLINED' });
              return 'c1';
            },
            { dependencies: ['reserve'] },
          ),
          step('ship', () => (effects.ship += 1), { dependencies: ['charge'] }),
          step(
            'mail',
            () => {
              effects.mail += 1;
              if (broken) throw new NonRetryableError('down');
            },
            { critical: false },
          ),
        ],
        { output: 'ship', errorHandling: { strategy: 'continue-on-error', maxRetries: 0 } },
      ),
    );
    await manager.runAsTenant('acme', async () => {
      const failed = await manager.runWorkflow('order');
      expect(failed).toMatchObject({ success: false, errors: [{ code: 'DECLINED' }, {}] });
      const id = String(failed.metadata?.executionId);

      broken = false;
      const context = WorkflowUtils.createContext({}, {}, 'acme', 'acme-slug', ACME);
      const result = await manager.retryExecution(id, context);
      expect(result).toMatchObject({ success: true, data: 1, metadata: { executionId: id } });
      expect(result.degraded).toBeUndefined();
      expect(result.metadata?.steps.map(({ status }) => status)).toEqual([
        'completed',
        'completed',
        'completed',
        'completed',
      ]);
      expect(await manager.getExecutionStatus(id)).toMatchObject({
        status: 'completed',
        errors: [],
      });
      expect(await manager.getTenantExecutions()).toHaveLength(1);
    });
    expect(effects).toEqual({ reserve: 1, charge: 2, ship: 1, mail: 2 });
    expect(seen).toEqual([
      ['r1', 1, 0],
      ['r1', 1, 0],
    ]);
  });

  it('gives each run the whole number of attempts', async () => {
    const { manager } = await start({});
    let attempts = 0;
    const hopeless = step(
      'a',
      () => {
        attempts += 1;
        throw new Error('never');
      },
      { retry: { maxRetries: 2, retryDelay: 0 } },
    );
    manager.registerWorkflow({}, workflow('w', [hopeless]));
    await manager.runAsTenant('acme', async () => {
      const first = await manager.runWorkflow('w');
      for (let run = 2; run <= 3; run += 1) {
        const result = await manager.retryExecution(String(first.metadata?.executionId));
        expect(result.metadata?.steps).toMatchObject([{ status: 'failed', retryCount: 2 }]);
        expect(attempts).toBe(3 * run);
      }
    });
  });

  it('keeps what completed in each of several runs', async () => {
    const { manager } = await start({});
    const effects = [0, 0, 0, 0];
    let works = 0;
    const steps = effects.map((_, index) =>
      step(
        `s${index}`,
        () => {
          effects[index] = (effects[index] ?? 0) + 1;
          if (index > works) throw new NonRetryableError('not yet');
          return index;
        },
        { dependencies: index === 0 ? [] : [`s${index - 1}`] },
      ),
    );
    manager.registerWorkflow({}, workflow('w', steps));
    await manager.runAsTenant('acme', async () => {
      const first = await manager.runWorkflow('w');
      const id = String(first.metadata?.executionId);
      for (works = 1; works < 3; works += 1) {
        expect(await manager.retryExecution(id)).toMatchObject({ success: false });
      }
      expect(await manager.retryExecution(id)).toMatchObject({ success: true, data: 3 });
    });
    expect(effects).toEqual([1, 2, 2, 2]);
  });

  it('is for failed executions only', async () => {
    const { manager } = await start({});
    const release = gate();
    const begun = gate();
    manager.registerWorkflow({}, workflow('done', [step('a', () => 1)]));
    manager.registerWorkflow(
      {},
      workflow('running', [
        step('a', () => {
          begun.open();
          return release.passed;
        }),
      ]),
    );
    await manager.runAsTenant('acme', async () => {
      const done = await manager.runWorkflow('done');
      const running = await manager.startWorkflow('running');
      await begun.passed;
      const refused = (status: string) => ({
        success: false,
        statusCode: 400,
        errors: [{ code: 'EXECUTION_NOT_RETRYABLE', message: expect.stringContaining(status) }],
      });
      expect(await manager.retryExecution(String(done.metadata?.executionId))).toMatchObject(
        refused('completed'),
      );
      const id = String(running.executionId);
      expect(await manager.retryExecution(id)).toMatchObject(refused('running'));
      // The refusal has not cut off whoever waits for the running one.
      release.open();
      expect((await running.result()).success).toBe(true);
    });
  });

  it('is not for cancelled executions', async () => {
    const { manager } = await start({});
    manager.registerWorkflow({}, workflow('w', [step('a', () => new Promise(() => undefined))]));
    await manager.runAsTenant('acme', async () => {
      const started = await manager.startWorkflow('w');
      const id = String(started.executionId);
      await manager.cancelExecution(id);
      expect(await manager.retryExecution(id)).toMatchObject({
        errors: [{ code: 'EXECUTION_NOT_RETRYABLE' }],
      });
    });
  });

  it('F64 ten times at once begins one new run, and all callers are told its end or refused', async () => {
    const { manager } = await start({});
    let effects = 0;
    let broken = true;
    manager.registerWorkflow(
      {},
      workflow('w', [
        step('a', () => {
          effects += 1;
          if (broken) throw new NonRetryableError('no');
          return 'done';
        }),
      ]),
    );
    await manager.runAsTenant('acme', async () => {
      const failed = await manager.runWorkflow('w');
      broken = false;
      const results = await Promise.all(
        Array.from({ length: 10 }, () =>
          manager.retryExecution(String(failed.metadata?.executionId)),
        ),
      );
      expect(results.filter(({ success }) => success)).toHaveLength(1);
      for (const result of results.filter(({ success }) => !success)) {
        expect(result.errors).toMatchObject([{ code: 'EXECUTION_NOT_RETRYABLE' }]);
      }
    });
    expect(effects).toBe(2);
  });

  it('can be cancelled like any other run', async () => {
    const { manager } = await start({});
    const begun = gate();
    let runs = 0;
    manager.registerWorkflow(
      {},
      workflow('w', [
        step('a', () => {
          runs += 1;
          if (runs === 1) throw new NonRetryableError('no');
          begun.open();
          return new Promise(() => undefined);
        }),
      ]),
    );
    await manager.runAsTenant('acme', async () => {
      const id = String((await manager.runWorkflow('w')).metadata?.executionId);
      const retried = manager.retryExecution(id);
      await begun.passed;
      expect(await manager.cancelExecution(id)).toBe(true);
      expect(await retried).toMatchObject({ statusCode: 409 });
    });
  });
});
