import { describe, expect, it } from '@jest/globals';
import { Injectable, type OnApplicationBootstrap, type OnModuleInit } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import libsql from 'libsql';
import { DataSource } from 'typeorm';
import { Step, Workflow, WorkflowManager, type WorkflowHandle } from '@luxgen/workflow';
import { appPerTest } from '../support/app-per-test.js';
import { step, workflow } from '../support/definitions.js';
import { gate } from '../support/gate.js';

@Workflow({ id: 'hello', version: '1.0.0' })
class HelloWorkflow {
  @Step()
  say(): string {
    return 'hello';
  }
}

describe('startWorkflow()', () => {
  const start = appPerTest();

  it('resolves when the execution is durable, not when it has ended', async () => {
    const { manager } = await start({});
    const release = gate<string>();
    manager.registerWorkflow({}, workflow('w', [step('a', () => release.passed)]));
    await manager.runAsTenant('acme', async () => {
      const handle = await manager.startWorkflow('w');
      expect(handle).toMatchObject({ accepted: true, joined: false });
      expect(await manager.getExecutionStatus(String(handle.executionId))).toMatchObject({
        id: handle.executionId,
        status: 'running',
      });
      release.open('done');
      const results = await Promise.all([handle.result(), handle.result()]);
      expect(results.map(({ data }) => data)).toEqual(['done', 'done']);
      expect((await handle.result()).data).toBe('done');
    });
  });

  it('gives ids that order by time', async () => {
    const { manager } = await start({ providers: [HelloWorkflow] });
    await manager.runAsTenant('acme', async () => {
      const ids: string[] = [];
      for (let n = 0; n < 50; n += 1) {
        ids.push(String((await manager.startWorkflow(HelloWorkflow)).executionId));
      }
      expect([...ids].sort()).toEqual(ids);
      expect(new Set(ids).size).toBe(50);
    });
  });

  it('is refused with a handle whose result says why, and stores nothing', async () => {
    const { manager } = await start({ providers: [HelloWorkflow] });
    class Undecorated {}
    const refusals: [Promise<WorkflowHandle<unknown>>, number, string][] = [
      [manager.startWorkflow(HelloWorkflow), 500, 'TENANT_CONTEXT_MISSING'],
      [
        manager.runAsSystem('test', () => manager.startWorkflow(HelloWorkflow)),
        500,
        'TENANT_CONTEXT_MISSING',
      ],
      ...(['nothing', '', 'a b', '__proto__', Undecorated] as const).map(
        (ref): [Promise<WorkflowHandle<unknown>>, number, string] => [
          manager.runAsTenant('acme', () => manager.startWorkflow(ref)),
          404,
          'WORKFLOW_NOT_FOUND',
        ],
      ),
      [
        manager.runAsTenant('acme', () =>
          manager.startWorkflow('hello', 1, { data: { f: () => 1 } }),
        ),
        500,
        'SERIALIZATION_FAILED',
      ],
    ];
    for (const [refused, statusCode, code] of refusals) {
      const handle = await refused;
      expect(handle).toMatchObject({ accepted: false, executionId: undefined });
      const result = await handle.result();
      expect(result).toMatchObject({ success: false, errors: [{ code }] });
      if (code !== 'SERIALIZATION_FAILED') expect(result.statusCode).toBe(statusCode);
    }
    const statistics = await manager.runAsSystem('test', () => manager.getWorkflowStatistics());
    expect(statistics.total).toBe(0);
  });

  it('is not for a tenant that the directory does not have', async () => {
    const { manager } = await start({ providers: [HelloWorkflow] });
    let ran = false;
    await expect(
      manager.runAsTenant('nobody', () => {
        ran = true;
      }),
    ).rejects.toMatchObject({ code: 'TENANT_FORBIDDEN' });
    expect(ran).toBe(false);
  });

  it('rejects only when the database does not answer, and says nothing of what it said', async () => {
    const database = TypeOrmModule.forRoot({
      type: 'better-sqlite3',
      driver: libsql,
      database: ':memory:',
    });
    const { app, manager } = await start({
      imports: [database],
      providers: [HelloWorkflow],
      options: { store: {} },
    });
    const dataSource = app.get(DataSource);
    await dataSource.query('ALTER TABLE workflow_execution RENAME TO elsewhere');
    await manager.runAsTenant('acme', async () => {
      const error: unknown = await manager
        .runWorkflow(HelloWorkflow)
        .catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE', retryable: true });
      expect((error as Error).message).not.toContain('workflow_execution');
      await dataSource.query('ALTER TABLE elsewhere RENAME TO workflow_execution');
      expect((await manager.runWorkflow(HelloWorkflow)).data).toBe('hello');
    });
  });

  it('works from onApplicationBootstrap() on, and says so before', async () => {
    const answers: unknown[] = [];
    @Injectable()
    class Starter implements OnModuleInit, OnApplicationBootstrap {
      constructor(private readonly manager: WorkflowManager) {}

      async onModuleInit(): Promise<void> {
        answers.push(await this.start().catch((error: unknown) => error));
      }

      async onApplicationBootstrap(): Promise<void> {
        const handle = await this.start();
        answers.push(handle.accepted, handle);
      }

      private start() {
        return this.manager.runAsTenant('acme', () => this.manager.startWorkflow(HelloWorkflow));
      }
    }
    await start({ providers: [HelloWorkflow, Starter] });
    const [early, accepted, handle] = answers;
    // Depending on the order of the modules, the engine may be open already.
    if (early instanceof Error) {
      expect(early).toMatchObject({
        code: 'STORE_UNAVAILABLE',
        message: expect.stringContaining('onApplicationBootstrap()'),
      });
    }
    expect(accepted).toBe(true);
    expect((await (handle as WorkflowHandle<unknown>).result()).data).toBe('hello');
  });

  it('and nobody waiting for the result is no unhandled rejection when the application ends', async () => {
    const { manager, close } = await start({ options: { drainTimeout: 0 } });
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
    await manager.runAsTenant('acme', () => manager.startWorkflow('w'));
    await begun.passed;
    await close();
  });

  it('F70 a step may start a hundred others, each a child of the next, and wait for none', async () => {
    const { manager } = await start({});
    const last = gate<number>();
    manager.registerWorkflow(
      {},
      workflow('nested', [
        step('a', async ({ input }) => {
          const depth = Number(input);
          if (depth === 100) last.open(depth);
          else await manager.startWorkflow('nested', depth + 1);
        }),
      ]),
    );
    await manager.runAsTenant('acme', () => manager.startWorkflow('nested', 0));
    expect(await last.passed).toBe(100);
  });
});

describe('an application without tenancy', () => {
  const start = appPerTest();

  it('has one tenant, and needs no scope', async () => {
    const { manager } = await start({
      providers: [HelloWorkflow],
      options: { tenancy: undefined },
    });
    const result = await manager.runWorkflow(HelloWorkflow);
    expect(result).toMatchObject({ success: true, data: 'hello', tenantId: 'default' });
    expect(await manager.getTenantExecutions()).toHaveLength(1);
  });
});
