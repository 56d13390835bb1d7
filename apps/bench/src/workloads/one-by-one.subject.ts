import type { Database } from '../databases/database.js';
import { createTables } from '../databases/create-tables.js';
import { maintain, createRows } from '../databases/prepare.js';
import type { CommitSequence } from '../floors/commit-sequence.js';
import { unbatchedFloor } from '../floors/floors.js';
import { postgresCommits } from '../floors/postgres-commits.floor.js';
import { sqliteCommits } from '../floors/sqlite-commits.floor.js';
import { ThreeSteps } from '../workflows/three-steps.workflow.js';
import { runOne, warmApp } from './engine.subject.js';
import { ONE_BY_ONE } from './sizes.js';
import type { Subject } from './subject.js';

/** Commits of an execution of three steps: its start, two checkpoints, the last with the end. */
const COMMITS = 4;

/** W3: one execution after the other. */
export async function oneByOne(database: Database): Promise<Subject> {
  const { manager, close } = await warmApp(database, ThreeSteps);
  return {
    run: (measure) =>
      measure(ONE_BY_ONE, () => latencies((number) => runOne(manager, ThreeSteps, number))),
    close,
  };
}

/** The transitions of W3 as bare SQL, each a commit. */
export async function transitionsInSequence(database: Database): Promise<Subject> {
  await createTables(database);
  const floor = await unbatchedFloor(database);
  const transitions = (): Promise<void> => floor.run(1, 1);
  await latencies(transitions);
  await maintain(database);
  return {
    run: (measure) => measure(ONE_BY_ONE, () => latencies(transitions)),
    close: () => floor.close(),
  };
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
  await latencies(commits);
  return {
    run: (measure) => measure(ONE_BY_ONE, () => latencies(commits)),
    close: () => sequence.close(),
  };
}

/** Milliseconds that each of many calls takes, one after the other. */
async function latencies(call: (number: number) => Promise<void>): Promise<number[]> {
  const taken: number[] = [];
  for (let number = 1; number <= ONE_BY_ONE; number += 1) {
    const start = performance.now();
    await call(number);
    taken.push(performance.now() - start);
  }
  return taken;
}
