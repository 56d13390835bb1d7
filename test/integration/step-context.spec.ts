import { describe, expect, it } from '@jest/globals';
import { WorkflowUtils, type WorkflowContext } from '@luxgen/workflow';
import { appPerTest } from '../support/app-per-test.js';
import { runOnce, step, workflow } from '../support/definitions.js';
import { eventually } from '../support/eventually.js';
import { gate } from '../support/gate.js';
import { ACME } from '../support/tenants.js';
import { VirtualClock } from '../support/virtual-clock.js';

describe('WorkflowContext in a step', () => {
  const start = appPerTest();

  it('has every field', async () => {
    const { manager } = await start({});
    let context!: WorkflowContext;
    const look = step(
      'look',
      (given) => {
        context = given;
        const { tenantConfig, performanceMetrics, signal, startTime, ...rest } = {
          tenantId: given.tenantId,
          tenantSlug: given.tenantSlug,
          tenantConfig: given.tenantConfig,
          userId: given.userId,
          userRole: given.userRole,
          userPermissions: given.userPermissions,
          data: given.data,
          metadata: given.metadata,
          workflowId: given.workflowId,
          stepId: given.stepId,
          startTime: given.startTime,
          timeout: given.timeout,
          retryCount: given.retryCount,
          maxRetries: given.maxRetries,
          isTenantIsolated: given.isTenantIsolated,
          crossTenantAccess: given.crossTenantAccess,
          dataEncryption: given.dataEncryption,
          performanceMetrics: given.performanceMetrics,
          errorContext: given.errorContext,
          auditTrail: given.auditTrail,
          input: given.input,
          signal: given.signal,
        };
        expect(tenantConfig).toEqual(ACME);
        expect(signal).toBeInstanceOf(AbortSignal);
        expect(signal.aborted).toBe(false);
        expect(startTime).toBeInstanceOf(Date);
        expect(performanceMetrics.memoryUsage).toBeGreaterThan(0);
        return rest;
      },
      { timeout: 4_000, retry: { maxRetries: 2 } },
    );
    manager.registerWorkflow({}, workflow('w', [look]));
    const result = await manager.runAsTenant('acme-slug', () =>
      manager.runWorkflow('w', { name: 'Ada' }, { data: { a: 1 }, metadata: { b: 2 } }),
    );
    expect(result.errors).toBeUndefined();
    expect(result.data).toEqual({
      tenantId: 'acme',
      tenantSlug: 'acme-slug',
      userId: undefined,
      userRole: undefined,
      userPermissions: [],
      data: { a: 1 },
      metadata: { b: 2 },
      workflowId: 'w',
      stepId: 'look',
      timeout: 4_000,
      retryCount: 0,
      maxRetries: 2,
      isTenantIsolated: true,
      crossTenantAccess: false,
      dataEncryption: false,
      errorContext: { hasError: false, retryable: true, userFriendlyMessage: '' },
      auditTrail: [],
      input: { name: 'Ada' },
    });
    expect(context.executionId).toBe(result.metadata?.executionId);
    expect(context.startTime).toEqual(result.metadata?.startTime);
  });

  it('has no request without one, and says so instead of being undefined', async () => {
    const { manager } = await start({});
    const result = await runOnce(manager, workflow('w', [step('a', ({ request }) => request)]));
    expect(result).toMatchObject({
      success: false,
      errors: [{ code: 'REQUEST_UNAVAILABLE', retryable: false }],
    });
  });

  it('can be spread, logged and made JSON although the request is gone', async () => {
    const { manager } = await start({});
    const result = await runOnce(
      manager,
      workflow('w', [
        step('a', (context) => {
          context.data['seen'] = 1;
          return { spread: Object.keys({ ...context }), json: JSON.stringify(context) };
        }),
      ]),
    );
    const { spread, json } = result.data as { spread: string[]; json: string };
    expect(spread).toEqual(expect.arrayContaining(['data', 'metadata', 'auditTrail']));
    expect(JSON.parse(json)).toMatchObject({ data: { seen: 1 } });
    expect(json).not.toContain('passwordPolicy');
  });

  it('cannot be given another tenant, user or step by the step', async () => {
    const { manager } = await start({});
    const result = await runOnce(
      manager,
      workflow('w', [
        step('a', (context) => {
          const refused: string[] = [];
          for (const field of ['tenantId', 'userId', 'userRole', 'stepId', 'crossTenantAccess']) {
            try {
              Object.assign(context, { [field]: 'other' });
            } catch {
              refused.push(field);
            }
          }
          return { refused, tenantId: context.tenantId };
        }),
        step('b', ({ tenantId }) => tenantId, { dependencies: ['a'] }),
      ]),
    );
    expect(result.data).toBe('acme');
    expect(result.metadata?.steps[0]?.data).toEqual({
      refused: ['tenantId', 'userId', 'userRole', 'stepId', 'crossTenantAccess'],
      tenantId: 'acme',
    });
  });
});

describe('executeWorkflow() with WorkflowUtils.createContext()', () => {
  const start = appPerTest();
  const created = (userId?: string, userRole?: string, tenantId = 'acme') =>
    WorkflowUtils.createContext(
      { url: '/here', user: { permissions: ['read', 7, 'write'] } },
      { status: 'open' },
      tenantId,
      `${tenantId}-slug`,
      ACME,
      userId,
      userRole,
    );
  const look = step('look', (context) => ({
    data: context.data,
    metadata: context.metadata,
    input: context.input,
    userId: context.userId,
    userRole: context.userRole,
    permissions: context.userPermissions,
    url: (context.request as { url: string }).url,
    status: (context.response as { status: string }).status,
    encrypted: context.dataEncryption,
  }));

  it('gives the steps its data as input and data, its user, and its request', async () => {
    const { manager } = await start({});
    manager.registerWorkflow({}, workflow('w', [look]));
    const context = created('u1', 'admin');
    context.data = { email: 'a@b.c' };
    context.metadata = { source: 'form' };
    context.dataEncryption = true;
    const result = await manager.runAsTenant('acme', () => manager.executeWorkflow('w', context));
    expect(result).toMatchObject({ success: true });
    expect(result.data).toEqual({
      data: { email: 'a@b.c' },
      metadata: { source: 'form' },
      input: { email: 'a@b.c' },
      userId: 'u1',
      userRole: 'admin',
      permissions: ['read', 'write'],
      url: '/here',
      status: 'open',
      encrypted: true,
    });
    const [stored] = await manager.runAsTenant('acme', () => manager.getTenantExecutions());
    expect(stored).toMatchObject({ userId: 'u1', metadata: { source: 'form' } });
  });

  it('needs neither request nor response', async () => {
    const { manager } = await start({ options: { limits: { concurrency: 1 } } });
    manager.registerWorkflow({}, workflow('w', [step('a', ({ input }) => input)]));
    for (const nothing of [undefined, null]) {
      const context = WorkflowUtils.createContext(nothing, nothing, 'acme', 'acme-slug', ACME);
      context.data = { n: 1 };
      const result = await manager.runAsTenant('acme', () => manager.executeWorkflow('w', context));
      expect(result.data).toEqual({ n: 1 });
    }
  });

  it('is not changed by the execution', async () => {
    const { manager } = await start({});
    manager.registerWorkflow(
      {},
      workflow('w', [
        step('a', (context) => {
          context.data['more'] = 1;
          context.auditTrail.push({
            timestamp: new Date(),
            action: 'a',
            tenantId: 'acme',
            resource: 'r',
            details: {},
          });
        }),
      ]),
    );
    const context = created();
    const before = { data: context.data, trail: context.auditTrail.length };
    await manager.runAsTenant('acme', () => manager.executeWorkflow('w', context));
    expect([context.data, context.auditTrail.length]).toEqual([before.data, before.trail]);
    expect(context.data).toEqual({});
  });

  it('has the defaults of a context before its first step', () => {
    const context = created();
    expect(context).toMatchObject({
      stepId: 'initial',
      timeout: 30_000,
      retryCount: 0,
      maxRetries: 3,
      isTenantIsolated: true,
      crossTenantAccess: false,
      dataEncryption: false,
      errorContext: { hasError: false, retryable: true, userFriendlyMessage: '' },
      auditTrail: [],
    });
    expect(() => context.getOutput('a')).toThrow('not available before the execution has started');
    context.tenantConfig.limits.maxUsers = 1_000_000;
    expect(ACME.limits.maxUsers).toBe(10);
  });

  it.each([
    ['another tenant than the scope', 'globex', 403, 'TENANT_MISMATCH'],
    ['a tenant that does not exist', 'nobody', 403, 'TENANT_MISMATCH'],
  ])('is refused for %s', async (_what, tenantId, statusCode, code) => {
    const { manager } = await start({});
    manager.registerWorkflow({}, workflow('w', [look]));
    const result = await manager.runAsTenant('acme', () =>
      manager.executeWorkflow('w', created('u1', 'admin', tenantId)),
    );
    expect(result).toMatchObject({ success: false, statusCode, errors: [{ code }] });
    expect(await manager.runAsTenant('acme', () => manager.getTenantExecutions())).toEqual([]);
  });

  it('answers 404 for an unknown workflow', async () => {
    const { manager } = await start({});
    const result = await manager.runAsTenant('acme', () =>
      manager.executeWorkflow('nothing', created()),
    );
    expect(result).toMatchObject({ success: false, statusCode: 404 });
  });
});

describe('the audit trail', () => {
  const start = appPerTest();

  const entry = (action: string) => ({
    timestamp: new Date(1),
    action,
    userId: undefined,
    tenantId: 'acme',
    resource: 'user',
    details: { at: new Date(2) },
  });

  it('of a result has what the steps pushed, in the order in which they settled', async () => {
    const clock = new VirtualClock();
    const { manager } = await start({ clock });
    const first = gate();
    const push =
      (action: string, wait?: Promise<void>) =>
      async ({ auditTrail }: WorkflowContext): Promise<void> => {
        await wait;
        auditTrail.push(entry(action));
      };
    manager.registerWorkflow(
      {},
      workflow(
        'w',
        [
          step('a', push('a', first.passed)),
          step('z', push('z')),
          step('m', push('m'), { dependencies: ['a', 'z'] }),
          step(
            'failing',
            (context) => {
              context.auditTrail.push(entry('tried'));
              throw new Error('no');
            },
            { critical: false, dependencies: ['m'] },
          ),
        ],
        { output: 'm' },
      ),
    );
    const options = { idempotencyKey: 'k' };
    const started = await manager.runAsTenant('acme', () =>
      manager.startWorkflow('w', {}, options),
    );
    const zHasSettled = async () => {
      const id = String(started.executionId);
      const seen = await manager.runAsTenant('acme', () => manager.getExecutionStatus(id));
      return seen?.results.some(({ stepId, success }) => stepId === 'z' && success);
    };
    await eventually(zHasSettled);
    await clock.advance(100);
    first.open();
    const result = await started.result();
    expect(result.metadata?.auditTrail).toEqual([
      entry('z'),
      entry('a'),
      entry('m'),
      entry('tried'),
    ]);

    // Who joins later is told the same.
    const joined = await manager.runAsTenant('acme', () => manager.runWorkflow('w', {}, options));
    expect(joined.metadata?.auditTrail).toEqual(result.metadata?.auditTrail);
    const { performance: _now, ...metadata } = result.metadata ?? {};
    const { performance: _then, ...joinedMetadata } = joined.metadata ?? {};
    expect(joinedMetadata).toEqual(metadata);
  });

  it('loses nothing but the attempts that were repeated', async () => {
    const { manager } = await start({});
    const result = await runOnce(
      manager,
      workflow('w', [
        step(
          'a',
          ({ auditTrail, retryCount }) => {
            auditTrail.push(entry(`attempt ${retryCount}`));
            if (retryCount === 0) throw new Error('again');
          },
          { retry: { maxRetries: 1, retryDelay: 0 } },
        ),
      ]),
    );
    expect(result.metadata?.auditTrail).toEqual([entry('attempt 1')]);
  });

  it('with an entry that cannot be stored fails the step once', async () => {
    const { manager } = await start({});
    const result = await runOnce(
      manager,
      workflow('w', [
        step(
          'a',
          ({ auditTrail }) => {
            auditTrail.push({ ...entry('bad'), details: { cb: () => 1 } });
          },
          { retry: { maxRetries: 3, retryDelay: 0 } },
        ),
      ]),
    );
    expect(result.errors).toMatchObject([{ code: 'SERIALIZATION_FAILED', stepId: 'a' }]);
    expect(result.metadata?.steps[0]?.retryCount).toBe(0);
    expect(result.metadata?.auditTrail).toEqual([]);
  });
});
