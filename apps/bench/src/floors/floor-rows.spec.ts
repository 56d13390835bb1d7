import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { createTables } from '../databases/create-tables.js';
import { STORES, type Database, type Databases } from '../databases/database.js';
import { emptyTables } from '../databases/empty-tables.js';
import { writeHistory } from '../databases/history.js';
import { openDatabases } from '../databases/open-databases.js';
import { openApp } from '../engine/bench-app.js';
import { orderNumber } from '../workflows/order.js';
import { ThreeSteps } from '../workflows/three-steps.workflow.js';
import { batchedFloor, unbatchedFloor } from './floors.js';
import type { Floor } from './floor.js';
import { closeSqlite, openSqlite } from './sqlite-connection.js';

/** Milliseconds in which a server starts, and stops, also on a busy machine. */
const PATIENCE = 60_000;

type Row = Readonly<Record<string, unknown>>;

const TABLES = {
  workflow_execution: 'SELECT * FROM workflow_execution',
  workflow_step: 'SELECT * FROM workflow_step ORDER BY step_id',
  workflow_task: 'SELECT * FROM workflow_task',
  workflow_attempt: 'SELECT * FROM workflow_attempt',
};

async function read(database: Database): Promise<Record<string, Row[]>> {
  const tables: Record<string, Row[]> = {};
  if (database.store === 'sqlite') {
    const connection = openSqlite(database.file);
    for (const [table, sql] of Object.entries(TABLES)) {
      tables[table] = connection.prepare(sql).all() as Row[];
    }
    closeSqlite(connection);
    return tables;
  }
  const client = new pg.Client(database.connection);
  await client.connect();
  for (const [table, sql] of Object.entries(TABLES)) {
    tables[table] = (await client.query<Row>(sql)).rows;
  }
  await client.end();
  return tables;
}

/** Columns whose values are of the engine's own choosing: their lengths are told. */
const CHOSEN = new Set(['id', 'execution_id', 'definition_hash', 'capability', 'input_hash']);

/** Columns that say how long something took: only that they are filled is told. */
const MEASURED = new Set(['usage', 'created_at', 'started_at', 'finished_at']);

/** A row as far as chance has no hand in it. */
const certaintiesOf = (row: Row): Row =>
  Object.fromEntries(
    Object.entries(row).map(([column, value]) => {
      if (CHOSEN.has(column)) return [column, String(value).length];
      return [column, MEASURED.has(column) ? value !== null : value];
    }),
  );

describe.each(STORES)('the rows of the floors on %s', (store) => {
  let databases: Databases;
  let engine: Record<string, Row[]>;

  beforeAll(async () => {
    databases = await openDatabases(store);
    const database = await databases.create();
    const { manager, close } = await openApp(database, [ThreeSteps]);
    await manager.runWorkflow(ThreeSteps, orderNumber(1));
    await close();
    engine = await read(database);
  }, PATIENCE);

  afterAll(() => databases.close(), PATIENCE);

  it.each<[string, (database: Database) => Promise<Floor>]>([
    ['batched', (database) => batchedFloor(database, 1)],
    ['unbatched', (database) => unbatchedFloor(database, 1)],
  ])('%s: are those of the engine', async (_name, open) => {
    const database = await databases.create();
    await createTables(database);
    const floor = await open(database);
    await floor.run(1, 1);
    await floor.close();
    const written = await read(database);
    for (const [table, rows] of Object.entries(engine)) {
      expect(written[table]?.map(certaintiesOf)).toEqual(rows.map(certaintiesOf));
    }
    expect(engine['workflow_step']).toHaveLength(3);
    expect(engine['workflow_task']).toHaveLength(0);
  });

  it('those of the history: are those of the engine, in place of whatever was there', async () => {
    const database = await databases.create();
    await createTables(database);
    await writeHistory(database, 2);
    await emptyTables(database);
    await writeHistory(database, 1);
    const written = await read(database);
    for (const [table, rows] of Object.entries(engine)) {
      expect(written[table]?.map(certaintiesOf)).toEqual(rows.map(certaintiesOf));
    }
  });
});
