import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createRequire } from 'node:module';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { Step, Workflow } from '@luxgen/workflow';
import { workflowApp, type WorkflowApp } from '../support/workflow-app.js';

const require = createRequire(import.meta.url);

let ran: string[];

@Workflow({ id: 'suspect', version: '1.0.0' })
class SuspectWorkflow {
  @Step()
  work() {
    ran.push('suspect');
    return { ok: true };
  }
}

@Workflow({ id: 'neighbour', version: '1.0.0' })
class NeighbourWorkflow {
  @Step()
  work() {
    ran.push('neighbour');
    return { ok: true };
  }
}

describe('an execution under which workers died', () => {
  let folder: string;
  let dataSource: DataSource;
  const providers = [SuspectWorkflow, NeighbourWorkflow];

  const open = async (worker: boolean): Promise<WorkflowApp> => {
    dataSource = await new DataSource({
      type: 'better-sqlite3',
      driver: require('libsql') as unknown,
      database: join(folder, 'executions.sqlite'),
    }).initialize();
    return workflowApp({ providers, options: { worker, store: { dataSource } } });
  };
  const close = async (running: WorkflowApp): Promise<void> => {
    await running.close();
    if (dataSource.isInitialized) await dataSource.destroy();
  };
  /** Starts both, and leaves the suspect as a number of dead workers would. */
  const afterDeaths = async (deaths: number): Promise<string[]> => {
    const running = await open(false);
    const ids: string[] = [];
    await running.manager.runAsTenant('acme', async () => {
      for (const workflow of [SuspectWorkflow, NeighbourWorkflow]) {
        const handle = await running.manager.startWorkflow(workflow);
        ids.push(handle.executionId ?? '');
      }
    });
    await dataSource.query(
      `UPDATE workflow_task SET claims = ${deaths}, fence = ${deaths} WHERE execution_id = '${ids[0]}'`,
    );
    await close(running);
    return ids;
  };
  const statuses = async (running: WorkflowApp, ids: readonly string[]) => {
    const found: (string | undefined)[] = [];
    for (const id of ids) {
      for (let asked = 0; asked < 1_000; asked += 1) {
        const execution = await running.manager.runAsTenant('acme', () =>
          running.manager.getExecutionStatus(id),
        );
        if (!execution?.endTime) continue;
        found.push(execution.errors[0]?.code ?? execution.status);
        break;
      }
    }
    return found;
  };

  beforeEach(async () => {
    ran = [];
    folder = await mkdtemp(join(tmpdir(), 'luxgen-poison-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('F08 is ended as POISON after three of them, and its neighbour is unharmed', async () => {
    const ids = await afterDeaths(3);

    const running = await open(true);
    const found = await statuses(running, ids);
    await close(running);

    expect(found).toEqual(['POISON', 'completed']);
    expect(ran).toEqual(['neighbour']);
  });

  it('runs once more after two of them', async () => {
    const ids = await afterDeaths(2);

    const running = await open(true);
    const found = await statuses(running, ids);
    await close(running);

    expect(found).toEqual(['completed', 'completed']);
  });
});
