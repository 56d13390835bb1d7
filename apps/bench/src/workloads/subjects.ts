import { createTables } from '../databases/create-tables.js';
import type { Database, Store } from '../databases/database.js';
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

/** Executions whose transitions share a commit. */
const BATCHES = [10, 25, 50] as const;

/** Commits on their way at a time where each transition has its own. */
const CONNECTIONS = [10, 25, 50] as const;

type Open = (database: Database, executions: number) => Promise<Subject>;

const onTables =
  (open: (database: Database) => Promise<Floor>): Open =>
  async (database, executions) => {
    await createTables(database);
    return floorSubject(await open(database), database, executions);
  };

const BATCHED = Object.fromEntries(
  BATCHES.map((batch) => [
    `batched by ${batch}`,
    onTables((database) => batchedFloor(database, batch)),
  ]),
);

const UNBATCHED = Object.fromEntries(
  CONNECTIONS.map((connections) => [
    `unbatched on ${connections}`,
    onTables((database) => unbatchedFloor(database, connections)),
  ]),
);

const ON_BOTH: Readonly<Record<string, Open>> = {
  W1: (database, executions) => manyAtATime(database, ThreeSteps, executions),
  W2: (database, executions) => manyAtATime(database, FanOut, executions),
  W3: oneByOne,
  W4: backlog,
  W5: withHistory,
  W6: async (database, executions) => {
    await createEffects(database);
    return manyAtATime(database, TransactionalSteps, executions);
  },
  idle,
  'W1, short runs': withoutHistory,
  ...BATCHED,
  'call chain': (database, executions) => floorSubject(callChainFloor(), database, executions),
  'four transitions': transitionsInSequence,
  'four commits': commitsInSequence,
};

/** Everything that can be measured, by name. */
const SUBJECTS: Readonly<Record<Store, Readonly<Record<string, Open>>>> = {
  postgres: { ...ON_BOTH, ...UNBATCHED, W7: awaitedElsewhere },
  sqlite: { ...ON_BOTH, unbatched: onTables((database) => unbatchedFloor(database, 1)) },
};

/** The floors of which there are several, and the best counts. */
export const VARIANTS: Readonly<Record<Store, Readonly<Record<string, readonly string[]>>>> = {
  postgres: { batched: Object.keys(BATCHED), unbatched: Object.keys(UNBATCHED) },
  sqlite: { batched: Object.keys(BATCHED) },
};

export const subjectsOn = (store: Store): readonly string[] => Object.keys(SUBJECTS[store]);

export async function openSubject({
  subject,
  database,
  executions,
}: ParticipantSetup): Promise<Subject> {
  const open = SUBJECTS[database.store][subject];
  if (open) return open(database, executions);
  throw new Error(`There is nothing to measure called "${subject}" on ${database.store}.`);
}
