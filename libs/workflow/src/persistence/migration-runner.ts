import type { StoreConnection } from './store-connection.js';
import type { StoreDialect } from './store-dialect.js';
import type { TableNames } from './table-names.js';

/**
 * Runs what has not run yet, each migration and its entry in one transaction, so that a kill half
 * way leaves either both or neither. One instance at a time: the others wait, and find it done. The
 * user's own migrations are none of our business.
 *
 * @param now milliseconds since the epoch, for the entries
 */
export async function runMigrations(
  connection: StoreConnection,
  tables: TableNames,
  { migrations, migrationLock }: StoreDialect,
  now: number,
): Promise<void> {
  for (const migration of migrations) {
    await connection.migrate(async (query, runner) => {
      if (migrationLock !== undefined) await query(migrationLock, []);
      await query(
        `CREATE TABLE IF NOT EXISTS ${tables.migration} (name text PRIMARY KEY, executed_at bigint NOT NULL)`,
        [],
      );
      const entry = `FROM ${tables.migration} WHERE name = '${migration.name}'`;
      const done = await query(`SELECT 1 ${entry}`, []);
      if (done.length > 0) return;
      await migration.up(runner);
      await query(`INSERT INTO ${tables.migration} VALUES ('${migration.name}', ${now})`, []);
    });
  }
}
