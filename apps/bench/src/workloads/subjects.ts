import { createTables } from '../databases/create-tables.js';
import type { Database } from '../databases/database.js';
import { createEffects } from '../databases/prepare.js';
import { callChainFloor } from '../floors/call-chain.floor.js';
import type { Floor } from '../floors/floor.js';
import { batchedFloor, unbatchedFloor } from '../floors/floors.js';
import type { ParticipantSetup } from '../participants/participant-messages.js';
import { FanOut } from '../workflows/fan-out.workflow.js';
import { ThreeSteps } from '../workflows/three-steps.workflow.js';
import { TransactionalSteps } from '../workflows/transactional-steps.workflow.js';
import { awaitedElsewhere } from './awaited-elsewhere.subject.js';
import { backlog } from './backlog.subject.js';
import { manyAtATime } from './engine.subject.js';
import { floorSubject } from './floor.subject.js';
import { withHistory, withoutHistory } from './history.subject.js';
import { idle } from './idle.subject.js';
import { commitsInSequence, oneByOne, transitionsInSequence } from './one-by-one.subject.js';
import type { Subject } from './subject.js';

/** Sizes of the batches of which the best floor counts. */
export const BATCHES = [10, 25, 50] as const;

type Open = (database: Database, executions: number) => Promise<Subject>;

const onTables =
  (open: (database: Database) => Promise<Floor>): Open =>
  async (database, executions) => {
    await createTables(database);
    return floorSubject(await open(database), database, executions);
  };

export const batchedName = (batch: number): string => `batched by ${batch}`;

/** Everything that can be measured, by name. */
const SUBJECTS: Readonly<Record<string, Open>> = {
  W1: (database, executions) => manyAtATime(database, ThreeSteps, executions),
  W2: (database, executions) => manyAtATime(database, FanOut, executions),
  W3: oneByOne,
  W4: backlog,
  W5: withHistory,
  W6: async (database, executions) => {
    await createEffects(database);
    return manyAtATime(database, TransactionalSteps, executions);
  },
  W7: awaitedElsewhere,
  idle,
  'W1, short runs': withoutHistory,
  ...Object.fromEntries(
    BATCHES.map((batch) => [
      batchedName(batch),
      onTables((database) => batchedFloor(database, batch)),
    ]),
  ),
  unbatched: onTables(unbatchedFloor),
  'call chain': (database, executions) => floorSubject(callChainFloor(), database, executions),
  'four transitions': transitionsInSequence,
  'four commits': commitsInSequence,
};

export async function openSubject({
  subject,
  database,
  executions,
}: ParticipantSetup): Promise<Subject> {
  const open = SUBJECTS[subject];
  if (open) return open(database, executions);
  throw new Error(
    `There is nothing to measure called "${subject}"; there are ${Object.keys(SUBJECTS).join('; ')}.`,
  );
}
