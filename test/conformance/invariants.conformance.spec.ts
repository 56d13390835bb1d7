import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { InitialSchemaPostgres } from '../../libs/workflow/src/persistence/migrations/initial-schema.postgres.js';
import { InitialSchemaSqlite } from '../../libs/workflow/src/persistence/migrations/initial-schema.sqlite.js';
import { tableNames } from '../../libs/workflow/src/persistence/table-names.js';
import { DATABASES, openDatabase, type Databases } from '../support/databases.js';
import { ENGINE_RULES } from '../support/invariants/engine-rules.js';
import { violationsOf } from '../support/invariants/momentary.js';
import { STORE_RULES } from '../support/invariants/store-rules.js';
import {
  createViolationView,
  readViolations,
  type Violation,
} from '../support/invariants/violation-view.js';
import type { StoreDump } from '../support/model-store/store-dump.js';
import { BREACHES, HEALTHY } from './support/breaches.js';
import { insertDump } from './support/insert-dump.js';

const RULES = [...STORE_RULES, ...ENGINE_RULES];
const STRICT = tableNames('strict_');
/** The same columns without the keys that would keep some breaches out. */
const TABLES = tableNames('');

const NAMES = ['execution', 'task', 'step', 'attempt'] as const;

it('each invariant is broken by one of the breaches', () => {
  const broken = BREACHES.map(([, invariant, breach]) => `${invariant} ${breach}`);
  expect([...new Set(broken)].sort()).toEqual(
    [...new Set(RULES.map(({ invariant, of, breach }) => `${invariant} ${of} ${breach}`))].sort(),
  );
});

describe.each(DATABASES)('the view of what breaks an invariant, on %s', (_name, start) => {
  let databases: Databases;
  let dataSource: DataSource;
  beforeAll(async () => {
    databases = await start();
    dataSource = await openDatabase(databases);
    const runner = dataSource.createQueryRunner();
    const Schema = databases.kind === 'postgres' ? InitialSchemaPostgres : InitialSchemaSqlite;
    await new Schema(STRICT).up(runner);
    for (const name of NAMES) {
      await runner.query(
        `CREATE TABLE ${TABLES[name]} AS SELECT * FROM ${STRICT[name]} WHERE 1 = 0`,
      );
    }
    await runner.query(createViolationView(databases.kind, TABLES));
    await runner.release();
  }, 60_000);
  afterAll(async () => {
    await dataSource.destroy();
    await databases.close();
  }, 60_000);
  beforeEach(async () => {
    for (const name of NAMES) await dataSource.query(`DELETE FROM ${TABLES[name]}`);
  });

  const shownOf = async (dump: StoreDump): Promise<Violation[]> => {
    await insertDump(dataSource, TABLES, dump);
    return (await dataSource.query(readViolations())) as Violation[];
  };

  it('shows nothing of a healthy store', async () => {
    expect(await shownOf(ownedAsOn(databases.kind, HEALTHY))).toEqual([]);
  });

  it.each(BREACHES)('shows, as rows in memory do: %s', async (...given) => {
    const [what, invariant, breach, breaking] = given;
    const dump = breaking(ownedAsOn(databases.kind, HEALTHY));

    const shown = await shownOf(dump);

    expect(shown.map((row) => `${row.invariant} ${row.detail}`)).toContainEqual(
      expect.stringMatching(new RegExp(`^${invariant} .*${breach.replace(/^\w+ /, '')}$`)),
    );
    expect({ what, rows: inOrder(violationsOf(dump, RULES)) }).toEqual({
      what,
      rows: inOrder(shown),
    });
  });

  it('shows an owner whose time has no such end', async () => {
    const other = databases.kind === 'postgres' ? 'sqlite' : 'postgres';

    const shown = await shownOf(ownedAsOn(other, HEALTHY));

    expect(new Set(shown.map(({ invariant }) => invariant))).toEqual(new Set(['L1']));
  });
});

/** An owner has a lease, or keeps what it has for its life. */
const ownedAsOn = (kind: Databases['kind'], dump: StoreDump): StoreDump => ({
  ...dump,
  tasks: dump.tasks.map((task) =>
    task.status === 'running' && kind === 'sqlite' ? { ...task, visibleAt: Infinity } : task,
  ),
});

const inOrder = (violations: readonly Violation[]): string[] =>
  violations
    .map((row) => [row.tenant_id, row.execution_id, row.invariant, row.detail].join(' '))
    .sort();
