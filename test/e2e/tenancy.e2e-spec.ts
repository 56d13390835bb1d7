import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import {
  Body,
  Controller,
  Get,
  Injectable,
  Param,
  Post,
  Query,
  Req,
  Res,
  UseGuards,
  UseInterceptors,
  type CanActivate,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import libsql from 'libsql';
import type { Logger as QueryLogger } from 'typeorm';
import {
  RunWorkflow,
  TenantGuard,
  WorkflowExceptionFilter,
  WorkflowManager,
  WorkflowResultInterceptor,
  WorkflowUtils,
  type ExecutionFilter,
  type TenancyOptions,
  type TenantConfiguration,
  type TenantDirectory,
  type WorkflowContext,
  type WorkflowOutcome,
} from '@luxgen/workflow';
import { gate } from '../support/gate.js';
import {
  claimsOf,
  HeaderAuthGuard,
  httpApp,
  PLATFORMS,
  type HttpApp,
  type HttpAppSetup,
  type TestUser,
} from '../support/http-app.js';
import { sendRaw, type Answer } from '../support/http-client.js';
import { ADA, GRACE, Stage, StageWorkflow } from '../support/http-sample.js';
import { ACME, GLOBEX, tenant } from '../support/tenants.js';
import { VirtualClock } from '../support/virtual-clock.js';
import { workflowApp } from '../support/workflow-app.js';

/** Belongs to two tenants. */
const LIN: TestUser = { id: 'lin', tenantIds: ['acme', 'globex'] };
/** Is somebody, but a member of nothing. */
const NOBODY: TestUser = { id: 'nobody' };

interface TenantedRequest {
  tenantId?: string;
  tenantSlug?: string;
  tenant?: TenantConfiguration;
}

@Controller('t')
@UseInterceptors(WorkflowResultInterceptor)
class TenantsController {
  constructor(private readonly workflows: WorkflowManager) {}

  @Post()
  @RunWorkflow(StageWorkflow)
  run(@Body() _body: unknown) {}

  @Post('at-once')
  @RunWorkflow(StageWorkflow, { wait: 0 })
  atOnce(@Body() _body: unknown) {}

  @Get('guarded')
  @UseGuards(TenantGuard)
  guarded(@Req() { tenantId, tenantSlug, tenant: full }: TenantedRequest) {
    return { tenantId, tenantSlug, name: full?.name };
  }

  @Get('statistics')
  statistics() {
    return this.workflows.getWorkflowStatistics();
  }

  @Get('executions')
  list(@Query('tenant') named?: string, @Query('filter') filter?: string) {
    return this.workflows.getTenantExecutions(
      named,
      filter === undefined ? undefined : (JSON.parse(filter) as ExecutionFilter),
    );
  }

  @Get('executions/:id')
  one(@Param('id') id: string) {
    return this.workflows.getExecutionStatus(id);
  }

  @Post('executions/:id/cancel')
  cancel(@Param('id') id: string) {
    return this.workflows.cancelExecution(id);
  }

  @Post('executions/:id/retry')
  retry(@Param('id') id: string) {
    return this.workflows.retryExecution(id);
  }

  /** Starts a workflow when the response of its request is long gone. */
  @Post('afterwards')
  @UseGuards(TenantGuard)
  afterwards(@Res({ passthrough: true }) response: ServerResponse & { raw?: ServerResponse }) {
    const closed = once(response.raw ?? response, 'close');
    this.later = closed.then(async () => {
      const handle = await this.workflows.startWorkflow(StageWorkflow, {});
      return handle.result();
    });
  }

  later?: Promise<WorkflowOutcome<unknown>>;

  @Post('tamper')
  @UseGuards(TenantGuard)
  async tamper(@Req() request: TenantedRequest, @Body() body: Record<string, unknown>) {
    const refused = [() => Object.assign(request.tenant ?? {}, body)].map((change) => {
      try {
        change();
        return false;
      } catch {
        return true;
      }
    });
    request.tenantId = 'globex';
    const { total } = await this.workflows.getWorkflowStatistics();
    return { refused, total };
  }
}

/** An application's own guard, which asks the manager before any interceptor has run. */
@Injectable()
class QuotaGuard implements CanActivate {
  constructor(private readonly workflows: WorkflowManager) {}

  async canActivate(): Promise<boolean> {
    return (await this.workflows.getWorkflowStatistics()).total < 1_000;
  }
}

@Controller('quota')
class QuotaController {
  @Get()
  @UseGuards(TenantGuard, QuotaGuard)
  look() {
    return 'in';
  }

  @Post()
  @UseGuards(TenantGuard, QuotaGuard)
  act(@Body() _body: unknown) {
    return 'in';
  }
}

@Controller('bare')
@UseGuards(TenantGuard)
class BareController {
  @Get()
  get() {
    return 'in';
  }
}

/** Keeps every statement a DataSource sends. */
class StatementLog implements QueryLogger {
  statements: string[] = [];

  logQuery = (query: string): void => {
    this.statements.push(query);
  };

  logQueryError = (): void => undefined;
  logQuerySlow = (): void => undefined;
  logSchemaBuild = (): void => undefined;
  logMigration = (): void => undefined;
  log = (): void => undefined;

  async during(work: () => Promise<unknown>): Promise<string[]> {
    this.statements = [];
    await work();
    return this.statements;
  }
}

const ownDatabase = (logger: QueryLogger) =>
  TypeOrmModule.forRoot({
    type: 'better-sqlite3',
    driver: libsql,
    database: ':memory:',
    logging: true,
    logger,
  });

/** Tenants that a test changes while the application runs. */
class TestDirectory implements TenantDirectory {
  readonly asked: string[] = [];
  tenants: TenantConfiguration[] = [ACME, GLOBEX];
  answer = (name: string): TenantConfiguration | undefined =>
    this.tenants.find(({ id, slug }) => id === name || slug === name);

  async findTenant(name: string): Promise<TenantConfiguration | undefined> {
    this.asked.push(name);
    await Promise.resolve();
    return this.answer(name);
  }
}

const setupOf = (tenancy: Partial<TenancyOptions> = {}): HttpAppSetup => ({
  controllers: [TenantsController, QuotaController, BareController],
  providers: [
    StageWorkflow,
    Stage,
    { provide: APP_GUARD, useClass: HeaderAuthGuard },
    { provide: APP_FILTER, useClass: WorkflowExceptionFilter },
  ],
  options: { tenancy: { tenants: [ACME, GLOBEX], ...tenancy } },
});

const within = async (
  platform: (typeof PLATFORMS)[number],
  setup: HttpAppSetup,
  work: (running: HttpApp) => Promise<void>,
): Promise<void> => {
  const running = await httpApp(platform, setup);
  try {
    await work(running);
  } finally {
    await running.close();
  }
};

const choose = (name: string) => ({ headers: [['X-Tenant-Id', name]] as const });
const codesOf = (answer: Answer): unknown => answer.body.errors?.map(({ code }) => code);
const idOf = (answer: Answer): string => String(answer.headers['x-workflow-id']);

/** An answer without what differs between any two answers. */
const shapeOf = (answer: Answer, ...ids: string[]): string =>
  ids.reduce(
    (text, id) => text.replaceAll(id, '<id>'),
    answer.status +
      answer.text.replaceAll(/"timestamp":"[^"]+"/g, '') +
      JSON.stringify({ ...answer.headers, date: '', etag: '' }),
  );

const ABSENT = '0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b';

describe.each(PLATFORMS)('the tenant of a request of %s', (platform) => {
  const directory = new TestDirectory();
  let running: HttpApp;
  let stage: Stage;

  beforeAll(async () => {
    running = await httpApp(platform, setupOf({ tenants: directory }));
    stage = running.app.get(Stage);
  });

  beforeEach(() => {
    directory.asked.length = 0;
  });

  afterEach(() => {
    stage.act = (context) => context.input;
  });

  afterAll(() => running?.close());

  const guarded = (as: TestUser | undefined, sending = {}): Promise<Answer> =>
    running.send('/t/guarded', { ...(as ? { as } : {}), ...sending });

  describe('is that of the verified user', () => {
    it.each<[string, TestUser, string]>([
      ['named by id', ADA, 'acme'],
      ['named by slug', { id: 'ada', tenantId: 'acme-slug' }, 'acme'],
      ['as the only one of a list', { id: 'ada', tenantIds: ['globex'] }, 'globex'],
    ])('%s', async (_how, user, expected) => {
      expect((await guarded(user)).body).toMatchObject({
        success: true,
        data: {
          tenantId: expected,
          tenantSlug: `${expected}-slug`,
          name: `Tenant ${expected}`,
        },
      });
    });

    it.each(['acme', 'acme-slug'])('and a header that agrees: %s', async (name) => {
      expect((await guarded(ADA, choose(name))).body.data).toMatchObject({ tenantId: 'acme' });
    });

    it.each(['acme', 'acme-slug'])('and a header that chooses among several: %s', async (name) => {
      expect((await guarded(LIN, choose(name))).body.data).toMatchObject({ tenantId: 'acme' });
    });

    it('T03 whatever host the request says it is for', async () => {
      const answer = await guarded(ADA, {
        headers: [
          ['X-Forwarded-Host', 'globex-slug.example.com'],
          ['X-Original-Host', 'globex'],
          ['Forwarded', 'host=globex-slug.example.com'],
          ['X-Tenant', 'globex'],
          ['Tenant-Id', 'globex'],
        ],
      });

      expect(answer.body.data).toMatchObject({ tenantId: 'acme' });
    });

    it('T12 whatever the query and the body say', async () => {
      const query = await running.send('/t/guarded?tenantId=globex&x-tenant-id=globex', {
        as: ADA,
      });

      expect(query.body.data).toMatchObject({ tenantId: 'acme' });
    });

    it.each([
      ['GET', '/quota'],
      ['POST', '/quota'],
    ])('in a guard behind ours: %s', async (method, path) => {
      const answer = await running.send(path, {
        method,
        as: ADA,
        ...(method === 'POST' ? { body: { a: 1 } } : {}),
      });

      expect(answer.text).toBe('in');
    });

    it('in a route that no guard of ours protects', async () => {
      const answer = await running.send('/t/statistics', { as: ADA });
      const other = await running.send('/t/statistics', { as: ADA, ...choose('globex') });

      expect(answer).toMatchObject({ status: 200, body: { data: { total: expect.any(Number) } } });
      expect(other.status).toBe(403);
    });
  });

  describe('is refused', () => {
    it('without credentials', async () => {
      for (const [method, path] of [
        ['GET', '/t/guarded'],
        ['GET', '/t/statistics'],
        ['POST', '/t'],
        ['GET', `/workflows/executions/${ABSENT}`],
        ['DELETE', `/workflows/executions/${ABSENT}`],
      ] as const) {
        const answer = await running.send(path, { method, ...choose('acme') });

        expect(answer).toMatchObject({ status: 401, body: { success: false, statusCode: 401 } });
        expect(codesOf(answer)).toEqual(['AUTH_REQUIRED']);
      }
      expect(directory.asked).toEqual([]);
    });

    it('when authentication refuses', async () => {
      const answer = await running.send('/t', {
        method: 'POST',
        body: {},
        headers: [['x-user', 'expired']],
      });

      expect(answer.status).toBe(401);
    });

    it.each([
      ['to a user who has none', NOBODY],
      ['to a user who must choose', LIN],
    ])('when nothing names one %s', async (_who, user) => {
      const answer = await guarded(user);

      expect(answer.status).toBe(400);
      expect(codesOf(answer)).toEqual(['TENANT_REQUIRED']);
    });

    it('T01 when the header names another tenant than the user', async () => {
      const started = await running.send('/t', { body: {}, as: ADA, ...choose('globex') });
      const looked = await guarded(ADA, choose('globex-slug'));

      for (const answer of [started, looked]) {
        expect(answer).toMatchObject({ status: 403, body: { success: false, statusCode: 403 } });
        expect(codesOf(answer)).toEqual(['TENANT_MISMATCH']);
      }
      // The victim is not even looked up.
      expect(directory.asked).not.toContain('globex');
      expect(directory.asked).not.toContain('globex-slug');
    });

    it.each<[string, TestUser]>([
      ['of one tenant', ADA],
      ['of two tenants', { id: 'lin', tenantIds: ['acme', 'initech'] }],
      ['of none', NOBODY],
    ])('T06 alike whether the other tenant exists or not, to a user %s', async (_who, user) => {
      const member = await guarded(user, choose('globex'));
      const unknown = await guarded(user, choose('hooli'));

      expect(member.status).toBe(403);
      expect(shapeOf(unknown, 'hooli')).toBe(shapeOf(member, 'globex'));
    });

    it('T06 with TENANT_FORBIDDEN to a member of others', async () => {
      const answer = await guarded(LIN, choose('initech'));

      expect(codesOf(answer)).toEqual(['TENANT_FORBIDDEN']);
    });

    it('T06 without a look-up of the names that are tried', async () => {
      for (let i = 0; i < 50; i += 1) await guarded(ADA, choose(`guess-${i}`));

      expect(directory.asked.filter((name) => name.startsWith('guess'))).toEqual([]);
    });

    it.each(['X-Tenant-Id', 'x-tenant-id', 'X-TENANT-ID'])(
      'T02 when the header comes twice: %s',
      async (second) => {
        for (const values of [
          ['acme', 'globex'],
          ['acme', 'acme'],
        ] as const) {
          const answer = await guarded(ADA, {
            headers: [
              ['X-Tenant-Id', values[0]],
              [second, values[1]],
            ],
          });

          expect(answer.status).toBe(400);
          expect(codesOf(answer)).toEqual(['TENANT_MALFORMED']);
        }
      },
    );

    it.each([
      ['a comma', 'acme,globex'],
      ['a comma and a space', 'acme, globex'],
      ['nothing', ''],
      ['upper case', 'ACME'],
      ['a trailing dot', 'acme.'],
      ['a trailing hyphen', 'acme-'],
      ['a slash', '../acme'],
      ['a wildcard', '*'],
      ['a quote', "acme' or '1'='1"],
      ['64 characters', 'a'.repeat(64)],
      ['4,000 characters', 'a'.repeat(4_000)],
      ['a letter of another alphabet', Buffer.from('аcme').toString('latin1')],
      ['a Latin letter with an accent', 'acmé'],
      ['a key of every object', '__proto__'],
    ])('T02 T04 when the header has %s', async (_what, value) => {
      const answer = await guarded(ADA, { headers: [['X-Tenant-Id', value]] });

      expect(answer).toMatchObject({ status: 400, body: { success: false, statusCode: 400 } });
      expect(codesOf(answer)).toEqual(['TENANT_MALFORMED']);
    });

    it('T02 when the header has bytes only a raw socket sends', async () => {
      const claims = claimsOf(ADA);
      for (const value of ['ac\tme', '\xd0\xb0cme', 'acme\x7f']) {
        const answer = await sendRaw(
          running.url,
          `GET /t/guarded HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-User: ${claims}\r\nX-Tenant-Id: ${value}\r\n\r\n`,
        );

        expect(answer.status).toBe(400);
        expect(answer.text).not.toContain('"tenantId":"acme"');
      }
    });

    it.each(['xn--cme-7cd', 'constructor', 'default', 'acme-slug-slug'])(
      'T04 to nobody in particular when the name only looks like one: %s',
      async (name) => {
        expect((await guarded(ADA, choose(name))).status).toBe(403);
      },
    );

    it.each<[string, unknown]>([
      ['an object', { $ne: null }],
      ['a number', 7],
      ['a list with an object', ['acme', { $ne: null }]],
      ['another alphabet', 'аcme'],
      ['upper case', 'ACME'],
      ['a tenant that is gone', 'hooli'],
    ])('T29 when the claim of the user is %s', async (_what, claim) => {
      const user = { id: 'x', tenantIds: claim };

      // A claim that is wrong in part grants nothing, not even what is right about it.
      for (const sending of [{}, choose('acme')]) {
        const answer = await guarded(user, sending);

        expect(answer.status).toBe(403);
        expect(answer.body.success).toBe(false);
      }
    });
  });

  describe('keeps', () => {
    it('T08 T09 foreign executions apart from absent ones by nothing but the id sent', async () => {
      stage.act = () => {
        throw new Error('So that it can be retried');
      };
      const foreign = idOf(await running.send('/t', { body: {}, as: GRACE }));
      const routes = [
        ['GET', '/t/executions/:id'],
        ['GET', '/workflows/executions/:id'],
        ['POST', '/t/executions/:id/cancel'],
        ['POST', '/t/executions/:id/retry'],
      ] as const;

      for (const [method, route] of routes) {
        const ask = (id: string) => running.send(route.replace(':id', id), { method, as: ADA });
        const [there, nowhere] = [await ask(foreign), await ask(ABSENT)];

        expect(there).toMatchObject({ status: 404, body: { success: false, statusCode: 404 } });
        expect(codesOf(there)).toEqual(['EXECUTION_NOT_FOUND']);
        expect(shapeOf(there, foreign)).toBe(shapeOf(nowhere, ABSENT));
      }
      const own = await running.send(`/t/executions/${foreign}`, { as: GRACE });
      expect(own.body.data).toMatchObject({ status: 'failed' });
    });

    it('T09 a running execution going when another tenant cancels it', async () => {
      const held = gate();
      stage.act = () => held.passed;
      const id = idOf(await running.send('/t/at-once', { body: {}, as: GRACE }));

      const foreign = await running.send(`/t/executions/${id}/cancel`, { method: 'POST', as: ADA });
      const during = await running.send(`/t/executions/${id}`, { as: GRACE });
      const own = await running.send(`/t/executions/${id}/cancel`, { method: 'POST', as: GRACE });
      const after = await running.send(`/t/executions/${id}`, { as: GRACE });
      held.open();

      expect(foreign.status).toBe(404);
      expect(during.body.data).toMatchObject({ status: 'running' });
      expect(own).toMatchObject({ status: 201, body: { data: true } });
      expect(after.body.data).toMatchObject({ status: 'cancelled' });
    });

    it('T11 T12 calls that name another tenant from reaching it', async () => {
      const named = await running.send('/t/executions?tenant=globex', { as: ADA });
      const unknown = await running.send('/t/executions?tenant=hooli', { as: ADA });
      const bySlug = await running.send('/t/executions?tenant=acme-slug', { as: ADA });

      expect([named.status, codesOf(named)]).toEqual([403, ['TENANT_MISMATCH']]);
      expect(shapeOf(named, 'globex')).toBe(shapeOf(unknown, 'hooli'));
      expect(bySlug.status).toBe(200);
    });

    it('T25 T27 lists and counts to itself, whatever the page begins behind', async () => {
      const own = idOf(await running.send('/t', { body: {}, as: ADA }));
      const foreign = idOf(await running.send('/t', { body: {}, as: GRACE }));
      const last = idOf(await running.send('/t', { body: {}, as: ADA }));

      const after = encodeURIComponent(JSON.stringify({ after: foreign }));
      const page = await running.send(`/t/executions?filter=${after}`, { as: ADA });
      const ids = (page.body.data as { id: string; tenantId: string }[]).map(({ id }) => id);
      const all = await running.send('/t/executions', { as: ADA });

      expect(ids).toContain(own);
      expect(ids).not.toContain(last);
      expect(
        new Set((all.body.data as { tenantId: string }[]).map(({ tenantId }) => tenantId)),
      ).toEqual(new Set(['acme']));
      expect(all.text).not.toContain(foreign);
    });

    it.each<[string, unknown]>([
      ['an operator', { status: { $ne: 'completed' } }],
      ['a statement', { workflowId: "x' or '1'='1" }],
      ['a status there is not', { status: 'anything' }],
      ['a limit beyond the largest', { limit: 501 }],
      ['a limit in text', { limit: '50' }],
      ['a negative limit', { limit: -1 }],
      ['a moment in text', { from: '2026-01-01' }],
      ['a cursor that is no id', { after: "' or 1=1 --" }],
      ['a cursor that is an operator', { after: { $gt: '' } }],
    ])('T28 T29 filters from holding %s', async (_what, filter) => {
      const query = encodeURIComponent(JSON.stringify(filter));

      const answer = await running.send(`/t/executions?filter=${query}`, { as: ADA });

      expect(answer).toMatchObject({ status: 400, body: { success: false, statusCode: 400 } });
    });

    it('the tenant of its scope when a handler changes the request', async () => {
      const before = await running.send('/t/statistics', { as: ADA });

      const tampered = await running.send('/t/tamper', {
        body: { id: 'globex', slug: 'globex-slug', limits: { maxUsers: 9 } },
        as: ADA,
      });
      const afterwards = await guarded(ADA);

      expect(tampered.body.data).toEqual({
        refused: [true],
        total: (before.body.data as { total: number }).total,
      });
      expect(afterwards.body.data).toEqual({
        tenantId: 'acme',
        tenantSlug: 'acme-slug',
        name: 'Tenant acme',
      });
    });
  });

  describe('reaches the steps', () => {
    it('with the user, and a copy of what the tenant may use', async () => {
      stage.act = (context) => {
        context.tenantConfig.limits.maxUsers = 1_000_000;
        return {
          tenant: [context.tenantId, context.tenantSlug, context.tenantConfig.name],
          user: [context.userId, context.userRole, context.userPermissions],
        };
      };
      const first = await running.send('/t', { body: {}, as: ADA });
      stage.act = (context) => context.tenantConfig.limits.maxUsers;
      const second = await running.send('/t', { body: {}, as: ADA });

      expect(first.body.data).toEqual({
        tenant: ['acme', 'acme-slug', 'Tenant acme'],
        user: ['ada', 'admin', ['read']],
      });
      expect(second.body.data).toBe(10);
    });

    it('as the scope of what they call', async () => {
      stage.act = async (context) => {
        const { manager } = running;
        const mine = await manager.getExecutionStatus(context.executionId);
        return [
          mine?.tenantId,
          await manager.runAsTenant('globex', () =>
            manager.getExecutionStatus(context.executionId),
          ),
        ];
      };

      const answer = await running.send('/t', { body: {}, as: ADA });

      expect(answer.body.data).toEqual(['acme', null]);
    });

    it('with the request and the response, for as long as they are open', async () => {
      interface Http {
        user: { id: string };
        headers: Record<string, string>;
        raw?: { setHeader(name: string, value: string): void };
        setHeader(name: string, value: string): void;
      }
      stage.act = (context) => {
        const { request, response } = context as unknown as WorkflowContext<Http, Http>;
        (response.raw ?? response).setHeader('X-From-Step', 'yes');
        return [request.user.id, request.headers['x-user'], Object.keys(context)];
      };

      const answer = await running.send('/t', { body: {}, as: ADA });

      expect(answer.headers['x-from-step']).toBe('yes');
      const [user, header, fields] = answer.body.data as [string, string, string[]];
      expect([user, header]).toEqual(['ada', JSON.stringify(ADA)]);
      expect(fields).not.toContain('request');
    });

    it.each(['request', 'response'] as const)(
      'without the %s of a response that had closed before the start',
      async (what) => {
        stage.act = (context) => [context.tenantId, context[what]];

        await running.send('/t/afterwards', { method: 'POST', as: ADA });
        const result = await running.app.get(TenantsController).later;

        expect(result).toMatchObject({
          success: false,
          tenantId: 'acme',
          errors: [{ code: 'REQUEST_UNAVAILABLE' }],
        });
      },
    );

    it.each(['request', 'response'] as const)(
      'without the %s once the response has closed',
      async (what) => {
        const held = gate();
        const closed = gate();
        stage.act = async (context) => {
          const response = context.response as ServerResponse & { raw?: ServerResponse };
          void once(response.raw ?? response, 'close').then(() => closed.open());
          await held.passed;
          return context[what];
        };
        const id = idOf(await running.send('/t/at-once', { body: {}, as: ADA }));
        await closed.passed;
        held.open();
        const result = await running.manager.runAsTenant('acme', async () => {
          for (;;) {
            const execution = await running.manager.getExecutionStatus(id);
            if (execution?.endTime) return execution;
          }
        });

        expect(result).toMatchObject({
          status: 'failed',
          errors: [{ code: 'REQUEST_UNAVAILABLE', stepId: 'act' }],
        });
      },
    );
  });
});

describe.each(PLATFORMS)('a directory of tenants behind %s', (platform) => {
  const running = async (
    work: (app: HttpApp, directory: TestDirectory, clock: VirtualClock) => Promise<void>,
    tenancy: Partial<TenancyOptions> = {},
  ): Promise<void> => {
    const directory = new TestDirectory();
    const clock = new VirtualClock();
    await within(platform, { ...setupOf({ tenants: directory, ...tenancy }), clock }, (app) =>
      work(app, directory, clock),
    );
  };
  const guarded = (app: HttpApp, as: TestUser, sending = {}) =>
    app.send('/t/guarded', { as, ...sending });

  it('T07 is asked again after five seconds, and not before', async () => {
    await running(async (app, directory, clock) => {
      await guarded(app, ADA);
      directory.tenants = [GLOBEX];
      await clock.advance(5_000);
      const believed = await guarded(app, ADA);
      await clock.advance(1);
      const gone = await guarded(app, ADA);

      expect(believed.status).toBe(200);
      expect([gone.status, codesOf(gone)]).toEqual([403, ['TENANT_FORBIDDEN']]);
      expect(directory.asked).toEqual(['acme', 'acme']);
    });
  });

  it('T06 is not asked again for what it did not have', async () => {
    await running(async (app, directory, clock) => {
      const user = { id: 'x', tenantId: 'hooli' };
      const answers = [await guarded(app, user), await guarded(app, user)];
      const asked = directory.asked.length;
      directory.tenants = [tenant('hooli')];
      await clock.advance(5_001);
      const later = await guarded(app, user);

      expect(answers.map(codesOf)).toEqual([['TENANT_FORBIDDEN'], ['TENANT_FORBIDDEN']]);
      expect(asked).toBe(1);
      expect(later.status).toBe(200);
    });
  });

  it.each<[string, () => never]>([
    [
      'throws',
      () => {
        throw new Error('connect ECONNREFUSED postgres://root:hunter2@10.0.0.7');
      },
    ],
    [
      'throws what is no error',
      () => {
        // oxlint-disable-next-line typescript/only-throw-error
        throw 'hunter2';
      },
    ],
  ])('T40 that %s answers 503 and does not say why', async (_how, fail) => {
    await running(async (app, directory) => {
      const { answer } = directory;
      directory.answer = fail;
      const failed = [
        await guarded(app, ADA),
        await app.send('/t', { body: {}, as: ADA }),
        await app.send('/t/statistics', { as: ADA }),
      ];
      directory.answer = answer;
      const recovered = await guarded(app, ADA);

      for (const { status, text, body } of failed) {
        expect([status, body.statusCode]).toEqual([503, 503]);
        expect(text).toContain('TENANT_DIRECTORY_FAILED');
        expect(text).not.toMatch(/hunter2|ECONNREFUSED|\.ts/);
      }
      // A failure is not remembered as an answer.
      expect(recovered.status).toBe(200);
    });
  });

  it('is not believed when it answers with another tenant than it was asked for', async () => {
    await running(async (app, directory) => {
      directory.answer = () => GLOBEX;

      const answer = await guarded(app, ADA);

      expect([answer.status, codesOf(answer)]).toEqual([403, ['TENANT_FORBIDDEN']]);
    });
  });

  it.each<[string, unknown]>([
    ['null', null],
    ['nothing of a tenant', {}],
    ['a text', 'acme'],
  ])('is not believed when it answers with %s', async (_what, value) => {
    await running(async (app, directory) => {
      directory.answer = () => value as TenantConfiguration;

      expect((await guarded(app, ADA)).status).toBe(403);
    });
  });
});

describe.each(PLATFORMS)('a header that is trusted behind %s', (platform) => {
  const trusting = { trustUnauthenticatedSelectors: true };

  it('chooses the tenant of a caller nobody verified', async () => {
    await within(platform, setupOf(trusting), async (app) => {
      const answers = {
        chosen: await app.send('/t/guarded', choose('acme')),
        bySlug: await app.send('/t/guarded', choose('globex-slug')),
        none: await app.send('/t/guarded'),
        unknown: await app.send('/t/guarded', choose('hooli')),
        malformed: await app.send('/t/guarded', choose('Acme')),
      };

      expect(answers.chosen.body.data).toMatchObject({ tenantId: 'acme' });
      expect(answers.bySlug.body.data).toMatchObject({ tenantId: 'globex' });
      expect(codesOf(answers.none)).toEqual(['TENANT_REQUIRED']);
      expect(codesOf(answers.unknown)).toEqual(['TENANT_FORBIDDEN']);
      expect(codesOf(answers.malformed)).toEqual(['TENANT_MALFORMED']);
    });
  });

  it('still cannot contradict a verified user', async () => {
    await within(platform, setupOf(trusting), async (app) => {
      const answer = await app.send('/t/guarded', { as: ADA, ...choose('globex') });

      expect([answer.status, codesOf(answer)]).toEqual([403, ['TENANT_MISMATCH']]);
    });
  });

  it('gives no tenant to a verified user who is a member of none', async () => {
    await within(platform, setupOf(trusting), async (app) => {
      const as = { id: 'x', tenantIds: [] };
      const answer = await app.send('/t/guarded', { as, ...choose('globex') });
      const unsaid = await app.send('/t/guarded', { as: NOBODY, ...choose('globex') });

      expect([answer.status, codesOf(answer)]).toEqual([403, ['TENANT_FORBIDDEN']]);
      expect(unsaid.body.data).toMatchObject({ tenantId: 'globex' });
    });
  });

  it('may have another name', async () => {
    await within(platform, setupOf({ ...trusting, header: 'X-Org' }), async (app) => {
      const chosen = await app.send('/t/guarded', { headers: [['x-org', 'acme']] });
      const usual = await app.send('/t/guarded', choose('acme'));

      expect(chosen.body.data).toMatchObject({ tenantId: 'acme' });
      expect(codesOf(usual)).toEqual(['TENANT_REQUIRED']);
    });
  });

  it('is not read at all when it is switched off', async () => {
    await within(platform, setupOf({ header: false }), async (app) => {
      const answer = await app.send('/t/guarded', { as: ADA, ...choose('globex') });

      expect(answer.body.data).toMatchObject({ tenantId: 'acme' });
    });
  });
});

describe('trust in a header in production', () => {
  const environment = process.env['NODE_ENV'];
  beforeEach(() => {
    process.env['NODE_ENV'] = 'production';
  });
  afterEach(() => {
    if (environment === undefined) delete process.env['NODE_ENV'];
    else process.env['NODE_ENV'] = environment;
  });

  it('is refused at boot', async () => {
    const tenancy = { tenants: [ACME], trustUnauthenticatedSelectors: true };

    await expect(workflowApp({ options: { tenancy } })).rejects.toMatchObject({
      code: 'MODULE_OPTION_INVALID',
      message: expect.stringContaining('trustUnauthenticatedSelectors'),
    });
  });

  it('is accepted when the application states that a proxy sets the header', async () => {
    const app = await workflowApp({
      options: {
        tenancy: {
          tenants: [ACME],
          trustUnauthenticatedSelectors: true,
          behindTrustedProxy: true,
        },
      },
    });

    await app.close();
  });
});

describe.each(PLATFORMS)('a TenantGuard of the whole application, %s', (platform) => {
  it('resolves after the authentication that is bound before it', async () => {
    const setup = setupOf();
    const providers = [...(setup.providers ?? []), { provide: APP_GUARD, useClass: TenantGuard }];
    await within(platform, { ...setup, providers }, async (app) => {
      const started = await app.send('/t', { body: {}, as: ADA });
      const counted = await app.send('/t/statistics', { as: ADA });
      const anonymous = await app.send('/t/statistics');

      expect(started).toMatchObject({ status: 201, body: { tenantId: 'acme' } });
      expect(counted).toMatchObject({ status: 200, body: { data: { total: 1 } } });
      expect(anonymous.status).toBe(401);
    });
  });
});

describe.each(PLATFORMS)('where no filter of ours is bound, %s', (platform) => {
  it('answers with the status of the refusal', async () => {
    const setup = {
      controllers: [BareController],
      providers: [{ provide: APP_GUARD, useClass: HeaderAuthGuard }],
    };
    await within(platform, setup, async (app) => {
      const answers = [
        await app.send('/bare'),
        await app.send('/bare', { as: NOBODY }),
        await app.send('/bare', { as: ADA, ...choose('globex') }),
        await app.send('/bare', { as: ADA }),
      ];

      expect(answers.map(({ status }) => status)).toEqual([401, 400, 403, 200]);
    });
  });
});

describe.each(PLATFORMS)('the evidence an application of %s describes', (platform) => {
  it('is read by the functions of its options', async () => {
    const tenancy: Partial<TenancyOptions> = {
      tenantsOfUser: (user) => (user as { orgs: string[] }).orgs,
      principal: (user) => ({ userId: (user as { name: string }).name, userRole: 'from-options' }),
    };
    await within(platform, setupOf(tenancy), async (app) => {
      app.app.get(Stage).act = ({ userId, userRole, userPermissions }) => [
        userId,
        userRole,
        userPermissions,
      ];
      const user = { id: 'other', tenantId: 'globex', orgs: ['acme'], name: 'Ada' };

      const answer = await app.send('/t', { body: {}, as: user });

      expect(answer.body).toMatchObject({ tenantId: 'acme', data: ['Ada', 'from-options', []] });
    });
  });

  it('answers 500 without a word when a function of the options throws', async () => {
    const tenancy: Partial<TenancyOptions> = {
      tenantsOfUser: () => {
        throw new Error('hunter2');
      },
    };
    await within(platform, setupOf(tenancy), async (app) => {
      const answer = await app.send('/t', { body: {}, as: ADA });

      expect([answer.status, codesOf(answer)]).toEqual([500, ['INTERNAL_ERROR']]);
      expect(answer.text).not.toContain('hunter2');
    });
  });
});

describe('the tenant outside of requests', () => {
  const log = new StatementLog();
  let running: Awaited<ReturnType<typeof workflowApp>>;
  let manager: WorkflowManager;

  beforeAll(async () => {
    running = await workflowApp({
      imports: [ownDatabase(log)],
      providers: [StageWorkflow, Stage],
      options: { store: {} },
    });
    manager = running.manager;
  });

  afterAll(() => running?.close());

  const asAcme = <T>(work: () => Promise<T>): Promise<T> => manager.runAsTenant('acme', work);
  const contextOf = ({ id, slug }: TenantConfiguration): WorkflowContext =>
    WorkflowUtils.createContext({}, {}, id, slug, ACME);

  it('T05 is missing: every call says so before any SQL', async () => {
    const calls: Record<string, () => Promise<unknown>> = {
      start: async () => (await manager.startWorkflow(StageWorkflow, {})).result(),
      run: () => manager.runWorkflow(StageWorkflow, {}),
      execute: () => manager.executeWorkflow(StageWorkflow, contextOf(ACME)),
      read: () => manager.getExecutionStatus(ABSENT),
      list: () => manager.getTenantExecutions(),
      listOf: () => manager.getTenantExecutions('acme'),
      workflows: () => manager.getTenantWorkflows('acme'),
      cancel: () => manager.cancelExecution(ABSENT),
      retry: () => manager.retryExecution(ABSENT),
      statistics: () => manager.getWorkflowStatistics(),
      statisticsOf: () => manager.getWorkflowStatistics('acme'),
    };

    for (const [name, call] of Object.entries(calls)) {
      let answer: unknown;
      const statements = await log.during(async () => {
        answer = await call().catch((error: unknown) => error);
      });

      const failure = (answer as { errors?: unknown[] }).errors?.[0] ?? answer;
      expect({ name, ...(failure as object) }).toMatchObject({
        name: expect.any(String),
        code: 'TENANT_CONTEXT_MISSING',
      });
      expect({ name, statements }).toEqual({ name, statements: [] });
    }
  });

  it('is opened by id or slug, and closed again', async () => {
    const byId = await asAcme(() => manager.runWorkflow(StageWorkflow, 1));
    const bySlug = await manager.runAsTenant('globex-slug', () =>
      manager.runWorkflow(StageWorkflow, 1),
    );

    expect([byId.tenantId, bySlug.tenantId]).toEqual(['acme', 'globex']);
    await expect(manager.getWorkflowStatistics()).rejects.toMatchObject({
      code: 'TENANT_CONTEXT_MISSING',
    });
  });

  it.each(['hooli', 'ACME', '', "acme' or '1'='1", '__proto__'])(
    'is refused when the directory does not have it: "%s"',
    async (name) => {
      let ran = false;

      await expect(
        manager.runAsTenant(name, () => {
          ran = true;
        }),
      ).rejects.toMatchObject({ code: 'TENANT_FORBIDDEN' });
      expect(ran).toBe(false);
    },
  );

  it('belongs to the inner of two scopes, and to the outer again after it', async () => {
    const seen = await asAcme(async () => {
      const inner = await manager.runAsTenant('globex', () =>
        manager.runWorkflow(StageWorkflow, 1),
      );
      const outer = await manager.runWorkflow(StageWorkflow, 1);
      return [inner.tenantId, outer.tenantId];
    });

    expect(seen).toEqual(['globex', 'acme']);
  });

  it('is kept apart in calls that run at once', async () => {
    const starts = Array.from({ length: 40 }, (_, i) => {
      const name = i % 2 === 0 ? 'acme' : 'globex';
      return manager.runAsTenant(name, async () => {
        await new Promise((resolve) => setImmediate(resolve));
        const { tenantId } = await manager.runWorkflow(StageWorkflow, 1);
        return tenantId === name;
      });
    });

    expect(await Promise.all(starts)).toEqual(Array(40).fill(true));
  });

  it.each<[string, () => Promise<unknown>]>([
    ['a list', () => manager.getTenantExecutions('globex')],
    ['statistics', () => manager.getWorkflowStatistics('globex')],
    ['workflows', () => manager.getTenantWorkflows('globex')],
  ])('T11 must be that of the scope when a call names one: %s', async (_what, call) => {
    await expect(asAcme(call)).rejects.toMatchObject({ code: 'TENANT_MISMATCH', statusCode: 403 });
  });

  it('T11 must be that of the scope when a context names one', async () => {
    const result = await asAcme(() => manager.executeWorkflow(StageWorkflow, contextOf(GLOBEX)));

    expect(result).toMatchObject({ success: false, errors: [{ code: 'TENANT_MISMATCH' }] });
  });

  it('T08 T55 asks the database the same for a foreign execution and for none', async () => {
    const foreign = await manager.runAsTenant('globex', async () => {
      const handle = await manager.startWorkflow(StageWorkflow, 1);
      await handle.result();
      return String(handle.executionId);
    });
    const calls = [
      (id: string): Promise<unknown> => manager.getExecutionStatus(id),
      (id: string): Promise<unknown> => manager.cancelExecution(id).catch(() => undefined),
      (id: string): Promise<unknown> => manager.retryExecution(id),
    ];

    for (const call of calls) {
      const there = await log.during(() => asAcme(() => call(foreign)));
      const nowhere = await log.during(() => asAcme(() => call(ABSENT)));

      expect(there.length).toBeGreaterThan(0);
      expect(there).toEqual(nowhere);
    }
  });

  describe('in the system scope', () => {
    const asSystem = <T>(work: () => Promise<T>): Promise<T> =>
      manager.runAsSystem('a test looks', work);

    it('T25 counts all tenants together or one of them', async () => {
      await asAcme(() => manager.runWorkflow(StageWorkflow, 1));
      await manager.runAsTenant('globex', () => manager.runWorkflow(StageWorkflow, 1));

      const [all, acme, globex] = await asSystem(() =>
        Promise.all([
          manager.getWorkflowStatistics(),
          manager.getWorkflowStatistics('acme'),
          manager.getWorkflowStatistics('globex'),
        ]),
      );

      expect(Math.min(acme.total, globex.total)).toBeGreaterThan(0);
      expect(all.total).toBe(acme.total + globex.total);
      expect(await asAcme(() => manager.getWorkflowStatistics())).toEqual(acme);
    });

    it('takes a tenant by its slug as by its id', async () => {
      await asAcme(() => manager.runWorkflow(StageWorkflow, 1));

      const [byId, bySlug] = await asSystem(() =>
        Promise.all([
          manager.getTenantExecutions('acme'),
          manager.getTenantExecutions('acme-slug'),
        ]),
      );

      expect(byId.length).toBeGreaterThan(0);
      expect(bySlug).toEqual(byId);
    });

    it('T29 takes nothing but a text for a tenant', async () => {
      const operator = { $ne: '' } as unknown as string;

      await expect(asSystem(() => manager.getTenantExecutions(operator))).rejects.toMatchObject({
        code: 'TENANT_MALFORMED',
      });
      await expect(asSystem(() => manager.getWorkflowStatistics(operator))).rejects.toMatchObject({
        code: 'TENANT_MALFORMED',
      });
    });

    it('starts and reads nothing without naming a tenant', async () => {
      const started = await asSystem(() => manager.runWorkflow(StageWorkflow, 1));

      expect(started).toMatchObject({ errors: [{ code: 'TENANT_CONTEXT_MISSING' }] });
      await expect(asSystem(() => manager.getTenantExecutions())).rejects.toMatchObject({
        code: 'TENANT_CONTEXT_MISSING',
      });
      await expect(asSystem(() => manager.getExecutionStatus(ABSENT))).rejects.toMatchObject({
        code: 'TENANT_CONTEXT_MISSING',
      });
      await expect(asSystem(() => manager.cancelExecution(ABSENT))).rejects.toMatchObject({
        code: 'TENANT_CONTEXT_MISSING',
      });
    });

    it('lets no step run in it', async () => {
      running.app.get(Stage).act = () => manager.getWorkflowStatistics('globex');
      const result = await asSystem(() =>
        manager.runAsTenant('acme', () => manager.runWorkflow(StageWorkflow, 1)),
      );
      running.app.get(Stage).act = (context) => context.input;

      expect(result).toMatchObject({ success: false, errors: [{ code: 'TENANT_MISMATCH' }] });
    });
  });
});

describe.each(PLATFORMS)('T56 fifty tenants at once behind %s', (platform) => {
  it('never see each other', async () => {
    const tenants = Array.from({ length: 50 }, (_, i) => tenant(`t${i}`));
    // A slot for each: what waits for one is run without its request.
    const options = { tenancy: { tenants }, limits: { concurrency: 250 } };
    await within(platform, { ...setupOf(), options }, async (app) => {
      const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
      const shared = Promise.resolve('shared by all');
      app.app.get(Stage).act = async (context) => {
        const { expected } = context.input as { expected: string };
        const seen: unknown[] = [context.tenantId, context.userId, context.tenantConfig.id];
        for (let i = 0; i < 3; i += 1) {
          await turn();
          await shared;
          seen.push((await app.manager.getExecutionStatus(context.executionId))?.tenantId);
          seen.push((context.request as { user: { tenantId: string } }).user.tenantId);
        }
        return seen.filter((name) => name !== expected);
      };
      const requests = Array.from({ length: 250 }, async (_, i) => {
        const expected = `t${(i * 7) % 50}`;
        const as = { id: expected, tenantId: expected };
        const answer = await app.send('/t', { body: { expected }, as });
        const read = await app.send(`/t/executions/${idOf(answer)}`, { as });
        const { tenantId } = read.body.data as { tenantId: string };
        return [answer.body.data, tenantId === expected];
      });

      expect(await Promise.all(requests)).toEqual(requests.map(() => [[], true]));
      const totals = await app.manager.runAsSystem('a test counts', () =>
        Promise.all(tenants.map(({ id }) => app.manager.getWorkflowStatistics(id))),
      );
      expect(totals.map(({ total }) => total)).toEqual(Array(50).fill(5));
    });
  }, 30_000);
});
