import type { Database } from './database.js';
import { runSql } from './run-sql.js';

/** Takes all executions out of a database, and what hangs on them, as if there had never been any. */
export const emptyTables = (database: Database): Promise<void> =>
  runSql(database, {
    postgres: ['TRUNCATE workflow_execution CASCADE'],
    sqlite: ['DELETE FROM workflow_execution', 'VACUUM'],
  });
