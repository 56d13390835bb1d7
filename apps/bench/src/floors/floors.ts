import type { Database } from '../databases/database.js';
import type { Floor } from './floor.js';
import { postgresBatchedFloor } from './postgres-batched.floor.js';
import { postgresUnbatchedFloor } from './postgres-unbatched.floor.js';
import { sqliteFloor } from './sqlite.floor.js';

/** One commit for so many transitions of one kind. */
export const batchedFloor = (database: Database, batch: number): Promise<Floor> =>
  database.store === 'postgres'
    ? postgresBatchedFloor(database, batch)
    : sqliteFloor(database, batch);

/**
 * One commit for each transition.
 *
 * @param connections commits on their way at a time; SQLite has one
 */
export const unbatchedFloor = (database: Database, connections: number): Promise<Floor> =>
  database.store === 'postgres'
    ? postgresUnbatchedFloor(database, connections)
    : sqliteFloor(database, 1);
