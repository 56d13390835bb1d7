import type { PostgresDatabase } from '../databases/database.js';
import type { CommitSequence } from './commit-sequence.js';
import { floorClient } from './floor-client.js';
import { OUTPUTS } from './floor-rows.js';

const INSERT = 'INSERT INTO bench_row (id, payload) VALUES ($1, $2)';

/** A row of about 100 bytes in one table without further indexes. */
export async function postgresCommits(database: PostgresDatabase): Promise<CommitSequence> {
  const client = await floorClient(database);
  return {
    async commit(id) {
      await client.query({ name: 'row', text: INSERT, values: [id, OUTPUTS[0]] });
    },
    close: () => client.end(),
  };
}
