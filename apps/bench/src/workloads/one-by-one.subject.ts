import type { Database } from '../databases/database.js';
import { createTables } from '../databases/create-tables.js';
import { maintain, createRows } from '../databases/prepare.js';
import type { CommitSequence } from '../floors/commit-sequence.js';
import { unbatchedFloor } from '../floors/floors.js';
import { postgresCommits } from '../floors/postgres-commits.floor.js';
import { sqliteCommits } from '../floors/sqlite-commits.floor.js';
import { ThreeSteps } from '../workflows/three-steps.workflow.js';
import { openApp } from '../engine/bench-app.js';
import { runOne } from './engine.subject.js';
import { ONE_BY_ONE, WARM_UP } from './sizes.js';
import type { Subject } from './subject.js';

/** Commits of an execution of three steps: its start, two checkpoints, the last with the end. */
const COMMITS = 4;

/** W3: one execution after the other. */
export async function oneByOne(database: Database): Promise<Subject> {
  const { manager, close } = await openApp(database, [ThreeSteps]);
  return inSequence(database, (number) => runOne(manager, ThreeSteps, number), close);
}

/** The transitions of W3 as bare SQL, each a commit. */
export async function transitionsInSequence(database: Database): Promise<Subject> {
  await createTables(database);
  const floor = await unbatchedFloor(database, 1);
  return inSequence(
    database,
    () => floor.run(1, 1),
    () => floor.close(),
  );
}

/** As many commits of a single row as an execution of W3 has, in sequence. */
export async function commitsInSequence(database: Database): Promise<Subject> {
  await createRows(database);
  const sequence: CommitSequence =
    database.store === 'postgres' ? await postgresCommits(database) : sqliteCommits(database);
  let written = 0;
  const commits = async (): Promise<void> => {
    for (let commit = 0; commit < COMMITS; commit += 1) {
      written += 1;
      await sequence.commit(String(written));
    }
  };
  return inSequence(database, commits, () => sequence.close());
}

/** Whatever it is, it is as warm as any other, and by the same way that it is measured. */
async function inSequence(
  database: Database,
  runOnce: (number: number) => Promise<void>,
  close: () => Promise<void>,
): Promise<Subject> {
  await latencies(WARM_UP, runOnce);
  await maintain(database);
  return { run: (measure) => measure(ONE_BY_ONE, () => latencies(ONE_BY_ONE, runOnce)), close };
}

/** Milliseconds that each of so many calls takes, one after the other. */
async function latencies(
  calls: number,
  call: (number: number) => Promise<void>,
): Promise<number[]> {
  const taken: number[] = [];
  for (let number = 1; number <= calls; number += 1) {
    const start = performance.now();
    await call(number);
    taken.push(performance.now() - start);
  }
  return taken;
}
