import type { MigrationInterface } from 'typeorm';
import type { StoreConnection } from './store-connection.js';
import type { TableNames } from './table-names.js';

type NamedMigration = MigrationInterface & { readonly name: string };

/**
 * Runs what has not run yet, each migration and its entry in one transaction, so that a kill half
 * way leaves either both or neither. The user's own migrations are none of our business.
 */
export async function runMigrations(
  connection: StoreConnection,
  tables: TableNames,
  migrations: readonly NamedMigration[],
): Promise<void> {
  for (const migration of migrations) {
    await connection.transaction(async (query, runner) => {
      await query(
        `CREATE TABLE IF NOT EXISTS ${tables.migration} (name text PRIMARY KEY, executed_at integer NOT NULL)`,
        [],
      );
      const done = await query(`SELECT name FROM ${tables.migration} WHERE name = ?`, [
        migration.name,
      ]);
      if (done.length > 0) return;
      await migration.up(runner);
      await query(
        `INSERT INTO ${tables.migration} (name, executed_at) VALUES (?, unixepoch() * 1000)`,
        [migration.name],
      );
    });
  }
}
