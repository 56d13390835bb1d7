import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { NonRetryableError, type ExecutionFilter, type WorkflowExecution } from '@luxgen/workflow';
import { step, workflow } from '../support/definitions.js';
import { VirtualClock } from '../support/virtual-clock.js';
import { workflowApp, type WorkflowApp } from '../support/workflow-app.js';

const HOUR = 3_600_000;

describe('getTenantExecutions()', () => {
  let app: WorkflowApp;
  const clock = new VirtualClock();
  const started: string[] = [];
  const list = (filter?: ExecutionFilter, tenant = 'acme'): Promise<WorkflowExecution[]> =>
    app.manager.runAsTenant(tenant, () => app.manager.getTenantExecutions(undefined, filter));
  const ids = (executions: readonly WorkflowExecution[]): string[] =>
    executions.map(({ id }) => id);

  // 60 executions of acme, ten an hour apart each: every third fails, every second is of `even`.
  beforeAll(async () => {
    app = await workflowApp({ clock, options: { pollInterval: '1d' } });
    const { manager } = app;
    const only = step('a', ({ input }) => {
      if (Number(input) % 3 === 0) throw new NonRetryableError('third');
      return input;
    });
    for (const id of ['even', 'odd']) manager.registerWorkflow({}, workflow(id, [only]));
    for (let n = 0; n < 60; n += 1) {
      if (n % 10 === 0) await clock.advance(HOUR);
      const id = n % 2 === 0 ? 'even' : 'odd';
      const handle = await manager.runAsTenant('acme', () => manager.startWorkflow(id, n));
      await handle.result();
      started.push(String(handle.executionId));
    }
    await manager.runAsTenant('globex', () => manager.runWorkflow('even', 1));
  });
  afterAll(() => app.close());

  const expected = (include: (n: number) => boolean): string[] =>
    started.filter((_id, n) => include(n)).reverse();

  it('gives the newest fifty first, and none of another tenant', async () => {
    const page = await list();
    expect(ids(page)).toEqual(expected((n) => n >= 10));
    expect(new Set(page.map(({ tenantId }) => tenantId))).toEqual(new Set(['acme']));
    expect(await list({}, 'globex')).toHaveLength(1);
  });

  it('shows of each what its status would', async () => {
    const [newest] = await list({ limit: 1 });
    const status = await app.manager.runAsTenant('acme', () =>
      app.manager.getExecutionStatus(String(newest?.id)),
    );
    expect(newest).toEqual(status);
    expect(newest?.results).toMatchObject([{ stepId: 'a', status: 'completed', data: 59 }]);
  });

  it.each([1, 7, 60, 61])('pages to the end by %p without a gap or a repeat', async (limit) => {
    const all: string[] = [];
    for (let page = await list({ limit }); page.length > 0;) {
      expect(page.length).toBeLessThanOrEqual(limit);
      all.push(...ids(page));
      page = await list({ limit, after: String(page.at(-1)?.id) });
    }
    expect(all).toEqual(expected(() => true));
  });

  it('pages on without gap or repeat while others start', async () => {
    const first = await list({ limit: 20, status: 'completed' });
    await app.manager.runAsTenant('acme', () => app.manager.runWorkflow('odd', 61));
    const second = await list({ limit: 50, status: 'completed', after: String(first.at(-1)?.id) });
    expect(ids([...first, ...second])).toEqual(expected((n) => n % 3 !== 0));
  });

  it('filters by status, workflow and time, each and together', async () => {
    const all = await list({ limit: 500 });
    const third = all.find(({ id }) => id === started[20])?.startTime as Date;
    const fourth = all.find(({ id }) => id === started[30])?.startTime as Date;
    const own = (found: readonly WorkflowExecution[]) =>
      ids(found).filter((id) => started.includes(id));

    expect(own(await list({ status: 'failed' }))).toEqual(expected((n) => n % 3 === 0));
    expect(own(await list({ status: 'running' }))).toEqual([]);
    expect(own(await list({ workflowId: 'odd' }))).toEqual(expected((n) => n % 2 === 1));
    expect(own(await list({ workflowId: 'nothing' }))).toEqual([]);
    // From is included, to is not.
    expect(own(await list({ from: third, to: fourth }))).toEqual(
      expected((n) => n >= 20 && n < 30),
    );
    expect(own(await list({ from: new Date(third.getTime() + 10 * HOUR) }))).toEqual([]);
    expect(
      own(await list({ status: 'completed', workflowId: 'even', from: third, limit: 4 })),
    ).toEqual(expected((n) => n >= 20 && n % 2 === 0 && n % 3 !== 0).slice(0, 4));
  });

  it('finds running, waiting and pending executions by these statuses', async () => {
    const { manager } = app;
    const flaky = step(
      'a',
      () => {
        throw new Error('later');
      },
      { retry: { maxRetries: 1, retryDelay: HOUR } },
    );
    manager.registerWorkflow({}, workflow('flaky', [flaky]));
    const handle = await manager.runAsTenant('acme', () => manager.startWorkflow('flaky'));
    const found = async () => ids(await list({ status: 'waiting' }));
    while ((await found()).length === 0) await clock.advance(0);
    expect(await found()).toEqual([handle.executionId]);
    await manager.runAsTenant('acme', () => manager.cancelExecution(String(handle.executionId)));
    expect(await found()).toEqual([]);
    expect(ids(await list({ status: 'cancelled' }))).toEqual([handle.executionId]);
  });

  it.each<[string, ExecutionFilter]>([
    ['limit', { limit: 0 }],
    ['limit', { limit: 501 }],
    ['limit', { limit: 1.5 }],
    ['limit', { limit: Number.NaN }],
    ['limit', { limit: '10' as unknown as number }],
    ['status', { status: 'done' as 'completed' }],
    ['workflowId', { workflowId: "'; DROP TABLE workflow_execution" }],
    ['from', { from: new Date(Number.NaN) }],
    ['to', { to: '2020-01-01' as unknown as Date }],
  ])('refuses an invalid %s by name', async (field, filter) => {
    await expect(list(filter)).rejects.toMatchObject({
      code: 'FILTER_INVALID',
      message: expect.stringContaining(`"${field}"`),
    });
  });

  it('refuses a page behind something that is no id', async () => {
    await expect(list({ after: '0' })).rejects.toMatchObject({ code: 'ID_INVALID' });
  });

  it('takes the tenant of the scope by id or slug, and no other', async () => {
    const { manager } = app;
    await manager.runAsTenant('acme', async () => {
      expect(await manager.getTenantExecutions('acme', { limit: 1 })).toHaveLength(1);
      expect(await manager.getTenantExecutions('acme-slug', { limit: 1 })).toHaveLength(1);
      for (const call of [
        () => manager.getTenantExecutions('globex'),
        () => manager.getTenantWorkflows('globex'),
        () => manager.getWorkflowStatistics('globex'),
      ]) {
        await expect(call()).rejects.toMatchObject({ code: 'TENANT_MISMATCH' });
      }
    });
    expect(
      await manager.runAsSystem('report', () => manager.getTenantExecutions('globex')),
    ).toHaveLength(1);
    await expect(
      manager.runAsSystem('report', () => manager.getTenantExecutions()),
    ).rejects.toMatchObject({ code: 'TENANT_CONTEXT_MISSING' });
  });

  it('getTenantWorkflows() names each workflow once', async () => {
    const { manager } = app;
    manager.registerWorkflow({}, { ...workflow('odd', [step('a', () => 1)]), version: '2.0.0' });
    const names = await manager.runAsTenant('acme', () => manager.getTenantWorkflows());
    expect(names.sort()).toEqual(['even', 'flaky', 'odd']);
  });

  it('getWorkflowStatistics() counts them all, per tenant and together', async () => {
    const { manager } = app;
    const statistics = await manager.runAsTenant('acme', () => manager.getWorkflowStatistics());
    expect(statistics).toEqual({
      total: 62,
      completed: 41,
      failed: 20,
      running: 0,
      cancelled: 1,
      successRate: (41 / 62) * 100,
    });
    const other = await manager.runAsTenant('globex', () => manager.getWorkflowStatistics());
    expect(other).toMatchObject({ total: 1, successRate: 100 });
    const all = await manager.runAsSystem('report', () => manager.getWorkflowStatistics());
    expect(all.total).toBe(63);
  });
});
