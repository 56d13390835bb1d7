import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import type { WorkflowHandle } from '@luxgen/workflow';
import { step, workflow } from '../support/definitions.js';
import { eventually } from '../support/eventually.js';
import { postgresWorkers, type SharedApp } from '../support/postgres-workers.js';

const WORKERS = 3;
const EXECUTIONS = 240;
const STEPS = ['reserve', 'charge', 'ship'];

/** Far longer than the test: whatever had to wait for the end of a lease would not end in time. */
const LEASE = '10m';

describe('a restart of all workers, one after the other, under load', () => {
  const workers = postgresWorkers();

  // Red when: libs/workflow/src/persistence/dialects/postgres/postgres.journal.statements.ts
  //   - claims = t.claims - 1, visible_at = ${atWrite} + ${milliseconds('n.delay')}`
  //   + claims = t.claims - 1`
  it('F14 loses nothing, repeats nothing, and lets nothing wait for a lease', async () => {
    const effects = new Map<string, number>();
    const definition = workflow(
      'order',
      STEPS.map((id, index) =>
        step(
          id,
          async ({ executionId }) => {
            const name = `${executionId} ${id}`;
            effects.set(name, (effects.get(name) ?? 0) + 1);
            await turn();
            return id;
          },
          { dependencies: STEPS.slice(0, index).slice(-1) },
        ),
      ),
    );
    const boot = async (): Promise<SharedApp> => {
      const app = await workers.open({
        options: { store: { lease: LEASE }, limits: { concurrency: 8 }, pollInterval: '50ms' },
      });
      app.manager.registerWorkflow({}, definition);
      return app;
    };
    const fleet = await Promise.all(Array.from({ length: WORKERS }, boot));
    const acknowledged: string[] = [];
    const startSome = async (count: number): Promise<void> => {
      const handles = await Promise.all(
        Array.from({ length: count }, (_, n): Promise<WorkflowHandle<unknown>> => {
          const { manager } = fleet[n % WORKERS];
          return manager.runAsTenant('acme', () => manager.startWorkflow('order'));
        }),
      );
      for (const handle of handles) {
        expect(handle.accepted).toBe(true);
        acknowledged.push(String(handle.executionId));
      }
    };

    for (let restarted = 0; restarted < WORKERS; restarted += 1) {
      await startSome(EXECUTIONS / WORKERS);
      await fleet[restarted]?.close();
      fleet[restarted] = await boot();
    }

    await eventually(async () => {
      const [{ left }] = await workers.query<{ left: number }>(
        'SELECT count(*)::int AS left FROM workflow_task',
      );
      return left === 0;
    });
    const ended = await workers.query<{ id: string; status: string }>(
      'SELECT id, status FROM workflow_execution',
    );
    expect(ended.map(({ id, status }) => `${id} ${status}`).sort()).toEqual(
      acknowledged.map((id) => `${id} completed`).sort(),
    );
    expect(effects.size).toBe(EXECUTIONS * STEPS.length);
    expect([...effects.values()].filter((times) => times !== 1)).toEqual([]);
  }, 60_000);
});
