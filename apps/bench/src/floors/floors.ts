import type { Database } from '../databases/database.js';
import type { Floor } from './floor.js';
import { postgresBatchedFloor } from './postgres-batched.floor.js';
import { postgresUnbatchedFloor } from './postgres-unbatched.floor.js';
import { sqliteFloor } from './sqlite.floor.js';

/** Commits on their way at a time where each transition has its own. */
export const UNBATCHED_CONNECTIONS = 10;

/** One commit for so many transitions of one kind. */
export const batchedFloor = (database: Database, batch: number): Promise<Floor> =>
  database.store === 'postgres'
    ? postgresBatchedFloor(database, batch)
    : sqliteFloor(database, batch);

/** One commit for each transition. */
export const unbatchedFloor = (database: Database): Promise<Floor> =>
  database.store === 'postgres'
    ? postgresUnbatchedFloor(database, UNBATCHED_CONNECTIONS)
    : sqliteFloor(database, 1);
