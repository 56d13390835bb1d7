import type { Database } from './database.js';
import { runSql, type SqlByStore } from './run-sql.js';

const inBoth = (statement: string): SqlByStore => ({ postgres: [statement], sqlite: [statement] });

const EFFECTS = inBoth('CREATE TABLE bench_effect (id text PRIMARY KEY, amount integer NOT NULL)');

const ROWS = inBoth('CREATE TABLE bench_row (id text PRIMARY KEY, payload text NOT NULL)');

/** As the vacuum of a database that lives longer than a bench would have done. */
const ANALYSIS: SqlByStore = { postgres: ['ANALYZE'], sqlite: [] };

/** The table that transactional steps write. */
export const createEffects = (database: Database): Promise<void> => runSql(database, EFFECTS);

/** The table of the bare single-row commits. */
export const createRows = (database: Database): Promise<void> => runSql(database, ROWS);

/** Lets the planner know what the tables hold, for engine and floors alike. */
export const analyse = (database: Database): Promise<void> =>
  database.store === 'postgres' ? runSql(database, ANALYSIS) : Promise.resolve();
