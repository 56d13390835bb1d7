import pg from 'pg';
import type { PostgresDatabase } from '../databases/database.js';

/**
 * A connection that keeps no plan of an empty table: the tasks are gone whenever their table is
 * vacuumed, and a floor that reads all of it from then on would be none.
 */
export async function floorClient({ connection }: PostgresDatabase): Promise<pg.Client> {
  const client = new pg.Client({ ...connection, options: '-c enable_seqscan=off' });
  await client.connect();
  return client;
}
