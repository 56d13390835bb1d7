import type { SqliteDatabase } from '../databases/database.js';
import type { CommitSequence } from './commit-sequence.js';
import { OUTPUTS } from './floor-rows.js';
import { closeSqlite, openSqlite } from './sqlite-connection.js';

const INSERT = 'INSERT INTO bench_row (id, payload) VALUES (?1, ?2)';

/** A row of about 100 bytes in one table without further indexes. */
export function sqliteCommits({ file }: SqliteDatabase): CommitSequence {
  const connection = openSqlite(file);
  const insert = connection.prepare(INSERT);
  return {
    async commit(id) {
      insert.run([id, OUTPUTS[0]]);
    },
    async close() {
      closeSqlite(connection);
    },
  };
}
