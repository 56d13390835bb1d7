import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { postgresStatements } from '../../libs/workflow/src/persistence/dialects/postgres/postgres.statements.js';
import { tableNames } from '../../libs/workflow/src/persistence/table-names.js';
import { startPostgres, type PostgresServer } from '../support/embedded-postgres.js';
import { VirtualClock } from '../support/virtual-clock.js';
import {
  fillWithLongHistory,
  idOf,
  LONG_AGO,
  LONG_FAILED,
  VETERAN,
} from './postgres/long-history.js';
import { expectIndexed, planOf } from './postgres/statement-plans.js';
import { SharedDatabase } from './support/postgres-instances.js';
import { CAPABILITY, WORKER } from './support/records.js';
import { LEASE } from './support/tested-store.js';

/** Pages a statement may read that looks at a page of rows by an index; all are on a hundred thousand. */
const FEW_PAGES = 250;

// Red when: libs/workflow/src/persistence/execution-list.ts
//   - const order = ended ? 'e.status DESC, e.id' : ofTask
//   + const order = ended ? 'e.created_at' : ofTask
describe('F69 with five million executions that have ended', () => {
  const sql = postgresStatements(tableNames(''), 1_000);
  let server: PostgresServer;
  let database: SharedDatabase;
  beforeAll(async () => {
    server = await startPostgres();
    database = await SharedDatabase.create(server, 'history');
    await (await database.instance(new VirtualClock())).migrate();
    await fillWithLongHistory(database.direct);
  }, 240_000);
  afterAll(async () => {
    await database.close();
    await server.stop();
  }, 60_000);

  const due = [0, [CAPABILITY], 10, null];
  const list = (filter: object) => {
    const { sql: statement, parameters } = sql.list({ tenantId: VETERAN, limit: 20, ...filter });
    return [statement, parameters] as const;
  };

  it.each<[string, readonly [string, readonly unknown[]], RegExp]>([
    ['looking for due work', [sql.findDue, due], /priority = 0.*visible_at <=/],
    ['a claim', [sql.claim, [...due, WORKER, LEASE]], /priority = 0.*visible_at <=/],
    [
      'a claim from where the last one came to',
      [sql.claim, [...due.with(3, 5_000), WORKER, LEASE]],
      /priority = 0.*visible_at >=.*visible_at <=/,
    ],
    ['a retry', [sql.retryExecution, [VETERAN, LONG_FAILED]], /tenant_id = .*id = /],
    ['finding one', [sql.findExecution, [VETERAN, LONG_AGO]], /tenant_id = .*id = /],
    [
      'reading the checkpoints of a page',
      [sql.checkpointsOf, [VETERAN, Array.from({ length: 20 }, (_, n) => idOf(1_500_001 + n))]],
      /tenant_id = .*execution_id = /,
    ],
    ['a list', list({}), /tenant_id = /],
    ['a list from the middle', list({ after: LONG_AGO }), /tenant_id = .*id < /],
    ['a list of what completed', list({ status: 'completed' }), /tenant_id = /],
    ['a list of what failed', list({ status: 'failed' }), /tenant_id = .*status >= /],
    ['a list of what waits', list({ status: 'waiting' }), /tenant_id = /],
    [
      'a list of a workflow from the middle',
      list({ workflowId: 'order', after: LONG_AGO }),
      /tenant_id = .*id < /,
    ],
  ])('%s reads a few pages, by an index', async (_what, [statement, parameters], bound) => {
    const nodes = await planOf(database.direct, statement, parameters);

    expect(nodes.map((node) => node['Index Cond'] ?? '')).toContainEqual(
      expect.stringMatching(bound),
    );
    expectIndexed(nodes, FEW_PAGES);
  });
});
