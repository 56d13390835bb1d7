import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { compileSource } from '../support/compiled-source.js';
import { workflowApp } from '../support/workflow-app.js';

/** Runs an execution whose second step leaves something behind that nobody handles, in its first life. */
const CHILD = `
  import 'reflect-metadata';
  import { NestFactory } from '@nestjs/core';
  import { WorkflowManager, WorkflowModule } from './index.js';

  const [, , database, kind, life] = process.argv;
  class AppModule {}
  const { Module } = await import('@nestjs/common');
  Module({ imports: [WorkflowModule.forRoot({ store: { database } })] })(AppModule);
  const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
  const manager = app.get(WorkflowManager);
  const stray = {
    rejection: () => void Promise.reject(new Error('stray')),
    exception: () => setImmediate(() => { throw new Error('stray'); }),
  };
  const ran = [];
  manager.registerWorkflow({}, {
    id: 'w',
    version: '1.0.0',
    steps: [
      { id: 'first', handler: () => { ran.push('first'); return 'kept'; } },
      {
        id: 'second',
        dependencies: ['first'],
        handler: async (context) => {
          ran.push('second');
          if (life === '1') {
            stray[kind]();
            await new Promise(() => undefined);
          }
          return context.getOutput('first');
        },
      },
    ],
  });
  if (life === '1') {
    const { executionId } = await manager.startWorkflow('w');
    process.send({ executionId });
  } else {
    let execution;
    do {
      await new Promise((resolve) => setImmediate(resolve));
      [execution] = await manager.getTenantExecutions();
    } while (execution.status !== 'completed');
    process.send({ executionId: execution.id, ran, data: execution.results[1].data });
    await app.close();
    process.disconnect();
  }
`;

// Red when: libs/workflow/src/open-engine.ts
//   - await this.matchDefinitions(); this.heartbeat.start();
//   + process.on('unhandledRejection', () => undefined);
//   + await this.matchDefinitions(); this.heartbeat.start();
describe('F11 what a step leaves behind that nobody handles', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'workflow-'));
    compileSource(folder);
    writeFileSync(join(folder, 'child.js'), CHILD);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const life = async (database: string, kind: string, number: number) => {
    const child = fork(join(folder, 'child.js'), [database, kind, String(number)], {
      execArgv: [],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let stderr = '';
    child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const messages: unknown[] = [];
    child.on('message', (message) => messages.push(message));
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, stderr, message: messages[0] as { executionId: string } };
  };

  it.each(['rejection', 'exception'])(
    'a stray %s ends the process as Node says, and the next one goes on from the last checkpoint',
    async (kind) => {
      const database = join(folder, `${kind}.sqlite`);
      const first = await life(database, kind, 1);
      expect(first.code).toBe(1);
      expect(first.stderr).toContain('Error: stray');
      const second = await life(database, kind, 2);
      expect(second).toMatchObject({
        code: 0,
        message: { executionId: first.message.executionId, ran: ['second'], data: 'kept' },
      });
    },
    60_000,
  );

  it('is not handled by the engine: it installs no handlers', async () => {
    const events = ['unhandledRejection', 'uncaughtException', 'rejectionHandled', 'warning'];
    const count = (): number[] => events.map((event) => process.listenerCount(event));
    const before = count();
    const app = await workflowApp({});
    expect(count()).toEqual(before);
    await app.close();
    expect(count()).toEqual(before);
  });
});
