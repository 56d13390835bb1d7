import { beforeAll, expect, it } from '@jest/globals';
import type { Transition } from '../../../libs/workflow/src/engine/journal.port.js';
import {
  postgresStatements,
  type PostgresStatements,
} from '../../../libs/workflow/src/persistence/dialects/postgres/postgres.statements.js';
import { postgresJournalStatements } from '../../../libs/workflow/src/persistence/dialects/postgres/postgres.journal.statements.js';
import {
  TransitionWriting,
  type TransitionKind,
} from '../../../libs/workflow/src/persistence/dialects/postgres/transition-writing.js';
import type { Query } from '../../../libs/workflow/src/persistence/store-connection.js';
import { tableNames } from '../../../libs/workflow/src/persistence/table-names.js';
import { VirtualClock } from '../../support/virtual-clock.js';
import type { SharedDatabase } from '../support/postgres-instances.js';
import {
  CAPABILITY,
  WORKER,
  attempt,
  completed,
  end,
  executionId,
  starterOf,
  transition,
} from '../support/records.js';
import { fillWithSleepingTasks, SLEEPER } from './sleeping-tasks.js';
import { expectIndexed, pagesOf, planOf, scanOf, type PlanNode } from './statement-plans.js';
import { LEASE } from '../support/tested-store.js';

/** Pages a statement may read that looks at a few rows by an index; all the tasks are on a thousand. */
const FEW_PAGES = 60;

export function planRules(database: () => SharedDatabase): void {
  const sql: PostgresStatements = postgresStatements(tableNames(''), 1_000);
  const writing = new TransitionWriting(
    postgresJournalStatements(tableNames('')),
    new VirtualClock(),
  );

  beforeAll(async () => {
    await (await database().instance(new VirtualClock())).migrate();
    await fillWithSleepingTasks(database().direct);
  }, 120_000);

  const plan = (statement: string, parameters: readonly unknown[]): Promise<PlanNode[]> =>
    planOf(database().direct, statement, parameters);

  /** What is sent first for transitions of one kind. */
  const sentFor = async (
    kind: TransitionKind,
    transitions: readonly Transition[],
  ): Promise<Parameters<Query>> => {
    const sent: Parameters<Query>[] = [];
    const query: Query = (...statement) => {
      sent.push(statement);
      return Promise.resolve([]);
    };
    await writing.write(query, kind, transitions);
    return sent[0];
  };

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
    const checkpoints = [completed('a')];
    const attempts = [attempt('b', 1)];
    const owners = [3, 13].map((n) => starterOf(n, SLEEPER));
    const plans = [heartbeat];
    for (const kind of ['stay', 'end'] as const) {
      const departure = kind === 'end' ? end() : undefined;
      for (const said of [{}, { checkpoints }, { checkpoints, attempts }]) {
        const transitions = owners.map((owner) => transition(owner, { ...said, departure }));
        plans.push(await plan(...(await sentFor(kind, transitions))));
        plans.push(await plan(...(await sentFor(kind, transitions.slice(0, 1)))));
      }
    }

    for (const nodes of plans) {
      const scans = nodes.filter((node) => node['Index Name'] === 'workflow_task_pkey');
      expect(scans).not.toEqual([]);
      for (const scan of scans) expect(scan['Index Cond']).toMatch(/tenant_id.*execution_id/);
      expectIndexed(nodes, FEW_PAGES);
    }
  });
}
