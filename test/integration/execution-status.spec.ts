import { describe, expect, it } from '@jest/globals';
import { NonRetryableError } from '@luxgen/workflow';
import { appPerTest } from '../support/app-per-test.js';
import { step, workflow } from '../support/definitions.js';
import { gate, Tally } from '../support/gate.js';

describe('getExecutionStatus()', () => {
  const start = appPerTest();

  it('tells of a running execution: its steps, and the first that runs in definition order', async () => {
    const { manager } = await start({});
    const gates = [gate(), gate()];
    const begun = new Tally();
    const wait = (index: number) => () => {
      begun.mark();
      return gates[index]?.passed;
    };
    manager.registerWorkflow(
      {},
      workflow('w', [
        step('last', () => 1, { name: 'The last', dependencies: ['slow', 'slower'] }),
        step('done', () => 'output'),
        step('slow', wait(0), { dependencies: ['done'] }),
        step('slower', wait(1), { dependencies: ['done'] }),
      ]),
    );
    await manager.runAsTenant('acme', async () => {
      const started = await manager.startWorkflow('w', undefined, { metadata: { source: 'test' } });
      const id = String(started.executionId);
      await begun.reached(2);
      const status = await manager.getExecutionStatus(id);
      expect(status).toEqual({
        id,
        workflowId: 'w',
        workflowVersion: '1.0.0',
        tenantId: 'acme',
        status: 'running',
        startTime: expect.any(Date),
        currentStep: 'slow',
        results: [
          {
            stepId: 'last',
            stepName: 'The last',
            status: 'pending',
            success: false,
            retryCount: 0,
          },
          expect.objectContaining({
            stepId: 'done',
            status: 'completed',
            success: true,
            data: 'output',
            retryCount: 0,
            startTime: expect.any(Date),
            endTime: expect.any(Date),
            duration: expect.any(Number),
          }),
          expect.objectContaining({ stepId: 'slow', status: 'running' }),
          expect.objectContaining({ stepId: 'slower', status: 'running' }),
        ],
        errors: [],
        degraded: false,
        metadata: { source: 'test' },
      });
      gates[0]?.open();
      gates[1]?.open();
      await started.result();
      const ended = await manager.getExecutionStatus(id);
      expect(ended).toMatchObject({ status: 'completed', endTime: expect.any(Date) });
      expect(ended).not.toHaveProperty('currentStep');
    });
  });

  it('tells of a failed and of a degraded one why', async () => {
    const { manager } = await start({});
    const fail = (): never => {
      throw new NonRetryableError('no', { code: 'BROKEN' });
    };
    manager.registerWorkflow({}, workflow('failed', [step('a', fail)]));
    manager.registerWorkflow(
      {},
      workflow('degraded', [step('a', fail, { critical: false }), step('b', () => 1)]),
    );
    await manager.runAsTenant('acme', async () => {
      for (const [workflowId, expected] of [
        ['failed', { status: 'failed', degraded: false }],
        ['degraded', { status: 'completed', degraded: true }],
      ] as const) {
        await manager.runWorkflow(workflowId);
        const [found] = await manager.getTenantExecutions('acme', { workflowId });
        expect(found).toMatchObject({ ...expected, errors: [{ code: 'BROKEN', stepId: 'a' }] });
      }
    });
  });

  it('knows nothing of the execution of another tenant, nor of one that never was', async () => {
    const { manager } = await start({});
    manager.registerWorkflow({}, workflow('w', [step('a', () => 1)]));
    const { executionId } = await manager.runAsTenant('acme', () => manager.startWorkflow('w'));
    const unknown = '018f3f7e-0000-7000-8000-000000000000';
    await manager.runAsTenant('globex', async () => {
      for (const id of [String(executionId), unknown]) {
        expect(await manager.getExecutionStatus(id)).toBeUndefined();
        await expect(manager.cancelExecution(id)).rejects.toMatchObject({
          code: 'EXECUTION_NOT_FOUND',
        });
        expect(await manager.retryExecution(id)).toMatchObject({
          success: false,
          statusCode: 404,
          errors: [{ code: 'EXECUTION_NOT_FOUND' }],
        });
      }
    });
  });

  it.each([
    '',
    'x',
    '018F3F7E-0000-7000-8000-000000000000',
    "' OR 1=1 --",
    undefined as unknown as string,
    { toString: () => '018f3f7e-0000-7000-8000-000000000000' } as unknown as string,
  ])('refuses %p as an id', async (id) => {
    const { manager } = await start({});
    await manager.runAsTenant('acme', async () => {
      await expect(manager.getExecutionStatus(id)).rejects.toMatchObject({ code: 'ID_INVALID' });
      await expect(manager.cancelExecution(id)).rejects.toMatchObject({ code: 'ID_INVALID' });
      expect(await manager.retryExecution(id)).toMatchObject({ statusCode: 400 });
    });
  });

  it('needs a tenant', async () => {
    const { manager } = await start({});
    await expect(
      manager.getExecutionStatus('018f3f7e-0000-7000-8000-000000000000'),
    ).rejects.toMatchObject({ code: 'TENANT_CONTEXT_MISSING' });
  });
});
