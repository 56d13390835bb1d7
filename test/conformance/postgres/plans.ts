import { beforeAll, expect, it } from '@jest/globals';
import {
  postgresStatements,
  type PostgresStatements,
} from '../../../libs/workflow/src/persistence/dialects/postgres/postgres.statements.js';
import { postgresJournalStatements } from '../../../libs/workflow/src/persistence/dialects/postgres/postgres.journal.statements.js';
import { tableNames } from '../../../libs/workflow/src/persistence/table-names.js';
import { VirtualClock } from '../../support/virtual-clock.js';
import type { SharedDatabase } from '../support/postgres-instances.js';
import { CAPABILITY, WORKER, executionId } from '../support/records.js';
import { fillWithSleepingTasks, SLEEPER } from './sleeping-tasks.js';
import { expectIndexed, pagesOf, planOf, scanOf, type PlanNode } from './statement-plans.js';
import { LEASE } from '../support/tested-store.js';

/** Columns of a batch without checkpoints and without attempts. */
const NOTHING = Array.from({ length: 20 }, () => []);

/** The only checkpoint of its first execution. */
const CHECKPOINT = ['a', 'completed', 1, '1', null, null, null, null, null, null, 1, 2];

/** Columns of the end of its first execution. */
const ENDING = [['completed'], [null], [null], [200], ['It is done.'], [false]];

/** Pages a statement may read that looks at a few rows by an index; all the tasks are on a thousand. */
const FEW_PAGES = 60;

export function planRules(database: () => SharedDatabase): void {
  const sql: PostgresStatements = postgresStatements(tableNames(''), 1_000);
  const journal = postgresJournalStatements(tableNames(''));

  beforeAll(async () => {
    await (await database().instance(new VirtualClock())).migrate();
    await fillWithSleepingTasks(database().direct);
  }, 120_000);

  const plan = (statement: string, parameters: readonly unknown[]): Promise<PlanNode[]> =>
    planOf(database().direct, statement, parameters);

  /** From the beginning. */
  const due = [0, [CAPABILITY], 10, null];

  // Red when: libs/workflow/src/persistence/dialects/postgres/postgres.statements.ts
  //   - priority = 0 AND visible_at >= ${oldest} AND visible_at <= ${now} AND capability
  //   + visible_at >= ${oldest} AND visible_at <= ${now} AND capability
  it.each([
    ['claim', 'claim', [...due, WORKER, LEASE], 120],
    ['look for due work', 'findDue', due, FEW_PAGES],
    ['look ahead', 'findNextDue', [0, [CAPABILITY], 1_000, null], FEW_PAGES],
  ] as const)(
    'F74 bounds a %s by the due time, whatever sleeps',
    async (_what, statement, parameters, pages) => {
      const nodes = await plan(sql[statement], parameters);

      const scan = scanOf(nodes, 'workflow_task_ready');
      expect(scan?.['Index Cond']).toMatch(/queue = 'default'.*priority = 0.*visible_at <=/);
      expectIndexed(nodes, pages);
    },
  );

  // Red when: libs/workflow/src/persistence/dialects/postgres/postgres.statements.ts
  //   - AND visible_at >= ${oldest} AND visible_at <= ${now} AND capability
  //   + AND visible_at <= ${now} AND capability
  it('F29 makes a look read what has ended under a long transaction only once, and never what sleeps', async () => {
    const ended = 10_000;
    const old = database().direct.createQueryRunner();
    await old.startTransaction('REPEATABLE READ');
    try {
      await old.query('SELECT 1 FROM workflow_task LIMIT 1');
      await database().query(`
        INSERT INTO workflow_task (tenant_id, execution_id, queue, priority, visible_at, status,
          fence, claims, run, capability)
        SELECT tenant_id, id, 'default', 0, now() - interval '2 days', 'pending', 1, 0, 1, capability
        FROM workflow_execution WHERE status = 'completed' LIMIT ${ended}`);
      await database().query(
        `DELETE FROM workflow_task WHERE visible_at < now() - interval '36 hours'`,
      );
      await database().query('VACUUM workflow_task');

      const nodes = await plan(sql.findDue, due);

      const scan = scanOf(nodes, 'workflow_task_ready');
      expect(scan?.['Index Cond']).toMatch(/priority = 0.*visible_at <=/);
      expect(pagesOf(nodes)).toBeGreaterThan(FEW_PAGES);
      expectIndexed(nodes, FEW_PAGES + 2 * ended);
      // Where the next one begins, nothing has ended.
      const age = 60_000;
      const nextTime = due.with(3, age);
      expectIndexed(await plan(sql.findDue, nextTime), FEW_PAGES);
      expectIndexed(await plan(sql.claim, [...nextTime, WORKER, LEASE]), FEW_PAGES);
      expectIndexed(await plan(sql.findNextDue, [0, [CAPABILITY], 1_000, age]), FEW_PAGES);
    } finally {
      await old.rollbackTransaction();
      await old.release();
    }
    await database().query('VACUUM workflow_task');
    expectIndexed(await plan(sql.findDue, due), FEW_PAGES);
  });

  it('finds an execution by its key', async () => {
    const nodes = await plan(sql.findExecution, [SLEEPER, executionId(3)]);

    expect(scanOf(nodes, 'workflow_execution_pkey')?.['Index Cond']).toMatch(/tenant_id.*id = /);
    expect(scanOf(nodes, 'workflow_task_pkey')?.['Index Cond']).toMatch(
      /tenant_id.*execution_id = /,
    );
    expectIndexed(nodes, FEW_PAGES);
  });

  it('finds the checkpoints of a page by their keys', async () => {
    const ids = Array.from({ length: 10 }, (_, n) => executionId(3 + n * 10));
    const nodes = await plan(sql.checkpointsOf, [SLEEPER, ids]);

    expect(scanOf(nodes, 'workflow_step_pkey')).toBeDefined();
    expectIndexed(nodes, 150);
  });

  it.each([
    ['all', {}, 'workflow_execution_pkey', /tenant_id = /],
    [
      'what is older than a page',
      { after: executionId(50_003) },
      'workflow_execution_pkey',
      /tenant_id = .*id < /,
    ],
    [
      'what has completed',
      { status: 'completed' },
      'workflow_execution_status',
      /tenant_id = .*status >= /,
    ],
    [
      'what has failed, which is nothing',
      { status: 'failed' },
      'workflow_execution_status',
      /tenant_id = .*status >= /,
    ],
    [
      'a workflow',
      { workflowId: 'rare' },
      'workflow_execution_workflow',
      /tenant_id = .*workflow_id = /,
    ],
    ['what waits', { status: 'waiting' }, 'workflow_task_pkey', /tenant_id = /],
  ] as const)('lists %s of a tenant by an index', async (_what, filter, index, condition) => {
    const list = sql.list({ tenantId: SLEEPER, limit: 20, ...filter });

    const nodes = await plan(list.sql, list.parameters);

    expect(scanOf(nodes, index)?.['Index Cond']).toMatch(condition);
    expectIndexed(nodes, 250);
  });

  it('renews leases, checks fences and takes tasks away by the key', async () => {
    const columns = [[SLEEPER], [executionId(3)], [1]];
    const heartbeat = await plan(sql.heartbeat, [0, LEASE, WORKER, ...columns]);
    const owner = [...columns, [1], [WORKER]];
    const fence = await plan(journal.stay, [0, ...owner, ...NOTHING]);
    const end = await plan(journal.end, [0, ...owner, ...NOTHING, [1], ...ENDING]);
    const lone = [0, ...owner.flat(), ...CHECKPOINT];
    const several = [0, ...lone.slice(1).map((value) => [value])];
    const advance = await plan(journal.advance, several);
    const finish = await plan(journal.finish, [...several, ...ENDING]);
    const advanceOne = await plan(journal.advanceOne, lone);
    const finishOne = await plan(journal.finishOne, [...lone, ...ENDING.flat()]);

    for (const nodes of [heartbeat, fence, end, advance, finish, advanceOne, finishOne]) {
      const scans = nodes.filter((node) => node['Index Name'] === 'workflow_task_pkey');
      expect(scans).not.toEqual([]);
      for (const scan of scans) expect(scan['Index Cond']).toMatch(/tenant_id.*execution_id/);
      expectIndexed(nodes, FEW_PAGES);
    }
  });
}
