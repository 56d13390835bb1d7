import { describe, expect, it } from '@jest/globals';
import { step, workflow } from '../support/definitions.js';
import { gate } from '../support/gate.js';
import { postgresWorkers } from '../support/postgres-workers.js';

/** The shortest there is. */
const LEASE = 1_000;

describe('a worker whose event loop is blocked for longer than its lease', () => {
  const workers = postgresWorkers();

  // Red when: libs/workflow/src/dispatch/heartbeat.ts
  //   - if (Math.max(task.since, this.renewedAt) < latest) this.engine.fence(task);
  //   +
  it('F07 gives up what it held, tells its step, and what that says does not count', async () => {
    const app = await workers.open({ options: { store: { lease: LEASE }, pollInterval: 20 } });
    const told = gate<unknown>();
    const calls: number[] = [];
    app.manager.registerWorkflow(
      {},
      workflow('blocks', [
        step('work', async ({ signal }) => {
          const call = calls.push(calls.length + 1);
          if (call > 1) return call;
          signal.addEventListener('abort', () => told.open(signal.reason));
          const until = performance.now() + 1.5 * LEASE;
          while (performance.now() < until);
          await told.passed;
          return call;
        }),
      ]),
    );

    const result = await app.manager.runAsTenant('acme', () => app.manager.runWorkflow('blocks'));

    expect(result).toMatchObject({ success: true, data: 2 });
    expect(String(await told.passed)).toContain('another owner');
    // To be fenced is not to fail.
    expect(result.metadata?.steps).toMatchObject([{ retryCount: 0 }]);
  }, 30_000);
});

describe('two workers of one process', () => {
  const workers = postgresWorkers();

  // Red when: libs/workflow/src/open-engine.ts
  //   - const workerId = parts.ids.next();
  //   + const workerId = `0199aaaa-0000-7000-8000-${String(process.pid).padStart(12, '0')}`;
  it('F15 are two owners, although they have the same host and process, and so are their heirs', async () => {
    const owners = new Set<string>();
    for (let life = 0; life < 2; life += 1) {
      const held = gate<string>();
      const apps = await Promise.all([1, 2].map(() => workers.open()));
      const runs = await Promise.all(
        apps.map(async ({ manager }, index) => {
          // Nobody else can run it.
          const id = `held-${index}`;
          const begun = gate();
          const work = (): Promise<string> => {
            begun.open();
            return held.passed;
          };
          manager.registerWorkflow({}, workflow(id, [step('work', work)]));
          const handle = await manager.runAsTenant('acme', () => manager.startWorkflow(id));
          await begun.passed;
          return handle;
        }),
      );
      const tasks = await workers.query<{ worker: string }>(
        'SELECT worker_id AS worker FROM workflow_task WHERE worker_id IS NOT NULL',
      );
      expect(tasks).toHaveLength(2);
      for (const { worker } of tasks) owners.add(worker);
      held.open('done');
      for (const handle of runs) expect(await handle.result()).toMatchObject({ success: true });
      for (const app of apps) await app.close();
    }
    expect(owners.size).toBe(4);
  }, 30_000);
});
