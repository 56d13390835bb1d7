import { beforeAll, expect, it } from '@jest/globals';
import { postgresJournalStatements } from '../../../libs/workflow/src/persistence/dialects/postgres/postgres.journal.statements.js';
import { postgresStatements } from '../../../libs/workflow/src/persistence/dialects/postgres/postgres.statements.js';
import { tableNames } from '../../../libs/workflow/src/persistence/table-names.js';
import { VirtualClock } from '../../support/virtual-clock.js';
import type { Instance, SharedDatabase } from '../support/postgres-instances.js';
import { keptPlanOf } from './statement-plans.js';

const STATEMENTS_OF = {
  journal: postgresJournalStatements(tableNames('')),
  store: postgresStatements(tableNames(''), 1_000),
};

/** All that are sent for a batch, or for each execution. */
const STATEMENTS = [
  ...Object.keys(STATEMENTS_OF.journal).map((name) => [name, 'journal'] as const),
  ...(
    [
      'findDue',
      'findNextDue',
      'claim',
      'heartbeat',
      'isolate',
      'claimedExecutions',
      'claimedCheckpoints',
      'claimedAttempts',
    ] as const
  ).map((name) => [name, 'store'] as const),
];

/** Rows that come and go, so that their tables are all but empty whenever they are vacuumed. */
const OF_WHAT_RUNS = ['workflow_task', 'workflow_execution'];

export function emptyTableRules(database: () => SharedDatabase): void {
  let instance: Instance;
  beforeAll(async () => {
    instance = await database().instance(new VirtualClock());
    await instance.migrate();
    await database().query('VACUUM ANALYZE');
  });

  // Red when: libs/workflow/src/persistence/postgres/engine-data-source.ts
  //   - '-c enable_seqscan=off'
  //   + '-c enable_seqscan=on'
  it.each(STATEMENTS)(
    'F74 made when they were vacuumed still looks up what "%s" of the %s names',
    async (name, of) => {
      const statement = STATEMENTS_OF[of][name as never] as string;

      const nodes = await instance.connection.read((query) => keptPlanOf(query, statement));

      const scans = nodes.filter((node) => OF_WHAT_RUNS.includes(node['Relation Name'] ?? ''));
      for (const scan of scans) {
        if (scan['Node Type'] === 'ModifyTable') continue;
        expect(scan['Node Type']).toBe('Index Scan');
        expect(scan['Index Cond']).toMatch(/tenant_id = .*(id|workflow_id) = |visible_at >= /);
      }
    },
  );
}
