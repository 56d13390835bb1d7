import { createTables } from '../databases/create-tables.js';
import type { Database } from '../databases/database.js';
import { callChainFloor } from '../floors/call-chain.floor.js';
import type { Floor } from '../floors/floor.js';
import { postgresBatchedFloor } from '../floors/postgres-batched.floor.js';
import { postgresUnbatchedFloor } from '../floors/postgres-unbatched.floor.js';
import { sqliteFloor } from '../floors/sqlite.floor.js';
import type { ParticipantSetup } from '../participants/participant-messages.js';
import { floorSubject } from './floor.subject.js';
import type { Subject } from './subject.js';
import { threeSteps } from './three-steps.subject.js';

/** Sizes of the batches of which the best floor counts. */
export const BATCHES = [10, 25, 50] as const;

/** Commits on their way at a time where each transition has its own. */
const UNBATCHED_CONNECTIONS = 10;

type Open = (database: Database) => Promise<Subject>;

const batchedFloor = (database: Database, batch: number): Promise<Floor> =>
  database.store === 'postgres'
    ? postgresBatchedFloor(database, batch)
    : sqliteFloor(database, batch);

const unbatchedFloor = (database: Database): Promise<Floor> =>
  database.store === 'postgres'
    ? postgresUnbatchedFloor(database, UNBATCHED_CONNECTIONS)
    : sqliteFloor(database, 1);

const onTables =
  (open: (database: Database) => Promise<Floor>): Open =>
  async (database) => {
    await createTables(database);
    return floorSubject(await open(database));
  };

export const batchedName = (batch: number): string => `floor:batched:${batch}`;

/** Everything that can be measured, by name. */
const SUBJECTS: Readonly<Record<string, Open>> = {
  W1: threeSteps,
  ...Object.fromEntries(
    BATCHES.map((batch) => [
      batchedName(batch),
      onTables((database) => batchedFloor(database, batch)),
    ]),
  ),
  'floor:unbatched': onTables(unbatchedFloor),
  'floor:call-chain': () => floorSubject(callChainFloor()),
};

export async function openSubject({ subject, database }: ParticipantSetup): Promise<Subject> {
  const open = SUBJECTS[subject];
  if (!open) throw new Error(`There is nothing to measure called "${subject}".`);
  return open(database);
}
