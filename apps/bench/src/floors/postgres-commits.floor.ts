import pg from 'pg';
import type { PostgresDatabase } from '../databases/database.js';
import type { CommitSequence } from './commit-sequence.js';
import { OUTPUTS } from './floor-rows.js';

const INSERT = 'INSERT INTO bench_row (id, payload) VALUES ($1, $2)';

/** A row of about 100 bytes in one table without further indexes. */
export async function postgresCommits({ connection }: PostgresDatabase): Promise<CommitSequence> {
  const client = new pg.Client(connection);
  await client.connect();
  return {
    async commit(id) {
      await client.query({ name: 'row', text: INSERT, values: [id, OUTPUTS[0]] });
    },
    close: () => client.end(),
  };
}
