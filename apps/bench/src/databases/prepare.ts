import type { Database } from './database.js';
import { runSql, type SqlByStore } from './run-sql.js';

const inBoth = (statement: string): SqlByStore => ({ postgres: [statement], sqlite: [statement] });

const EFFECTS = inBoth('CREATE TABLE bench_effect (id text PRIMARY KEY, amount integer NOT NULL)');

const ROWS = inBoth('CREATE TABLE bench_row (id text PRIMARY KEY, payload text NOT NULL)');

/** What a database does by itself that lives longer than a bench. */
const UPKEEP: SqlByStore = { postgres: ['VACUUM ANALYZE'], sqlite: [] };

/** The table that transactional steps write. */
export const createEffects = (database: Database): Promise<void> => runSql(database, EFFECTS);

/** The table of the bare single-row commits. */
export const createRows = (database: Database): Promise<void> => runSql(database, ROWS);

/**
 * Vacuums the tables and lets the planner know what they hold, for engine and floors alike: at this
 * moment the tasks are gone, which is what plans have to stand.
 */
export const maintain = (database: Database): Promise<void> =>
  database.store === 'postgres' ? runSql(database, UPKEEP) : Promise.resolve();
