import { describe, expect, it } from '@jest/globals';
import type { LoggerService } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import libsql from 'libsql';
import { DataSource } from 'typeorm';
import { appPerTest } from '../support/app-per-test.js';
import { step, workflow } from '../support/definitions.js';
import { eventually } from '../support/eventually.js';
import { gate } from '../support/gate.js';

// Red when: libs/workflow/src/nest-engine.log.ts
//   - try { write(); } catch { // There is nobody left to tell. }
//   + write();
describe('F72 a logger that throws', () => {
  const start = appPerTest();

  const hostile = (): LoggerService & { readonly lines: unknown[] } => {
    const lines: unknown[] = [];
    const write = (line: unknown): never => {
      lines.push(line);
      throw new Error('the disk of the log is full');
    };
    return { lines, log: write, warn: write, error: write, debug: write };
  };

  it('keeps no execution from its end, and no other from running', async () => {
    const { app, manager } = await start({
      imports: [
        TypeOrmModule.forRoot({ type: 'better-sqlite3', driver: libsql, database: ':memory:' }),
      ],
      options: { store: {}, limits: { concurrency: 1 } },
    });
    const logger = hostile();
    app.useLogger(logger);
    try {
      const release = gate();
      manager.registerWorkflow({}, workflow('first', [step('a', () => release.passed)]));
      manager.registerWorkflow({}, workflow('w', [step('a', () => 'ran')]));
      await manager.runAsTenant('acme', async () => {
        const first = await manager.startWorkflow('first');
        const unreadable = await manager.startWorkflow('w');
        await app
          .get(DataSource)
          .query(`UPDATE workflow_execution SET input = '{' WHERE id = ?`, [
            unreadable.executionId,
          ]);
        release.open();
        expect((await first.result()).success).toBe(true);
        await eventually(async () => {
          const status = await manager.getExecutionStatus(String(unreadable.executionId));
          return status?.status === 'suspended';
        });
        expect((await manager.runWorkflow('w')).data).toBe('ran');
      });
      expect(logger.lines).toContainEqual(
        expect.objectContaining({ executionId: expect.any(String) }),
      );
      await manager.runAsSystem('test', () => manager.getWorkflowStatistics());
    } finally {
      app.useLogger(false);
    }
  });
});
