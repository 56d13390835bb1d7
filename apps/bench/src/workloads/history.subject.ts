import type { Database } from '../databases/database.js';
import { emptyTables } from '../databases/empty-tables.js';
import { writeHistory } from '../databases/history.js';
import { maintain } from '../databases/prepare.js';
import { openApp } from '../engine/bench-app.js';
import { ThreeSteps } from '../workflows/three-steps.workflow.js';
import { runMany, warmApp } from './engine.subject.js';
import { HISTORY, SHORT_RUN } from './sizes.js';
import type { Subject } from './subject.js';

/** W5: three steps in a store that holds many executions that ended. */
export const withHistory = (database: Database): Promise<Subject> =>
  amongEnded(database, () => writeHistory(database, HISTORY));

/** What W5 is compared with: nothing in the store but what the measured runs leave there. */
export const withoutHistory = (database: Database): Promise<Subject> =>
  amongEnded(database, () => Promise.resolve());

/** Runs are short, so that the two stores stay as different as they were made. */
async function amongEnded(database: Database, fill: () => Promise<void>): Promise<Subject> {
  const warm = await warmApp(database, ThreeSteps);
  await warm.close();
  await emptyTables(database);
  await fill();
  await maintain(database);
  const { manager, close } = await openApp(database, [ThreeSteps]);
  const runOnce = (): Promise<void> => runMany(manager, ThreeSteps, SHORT_RUN);
  // The connections are new, and have not planned anything yet.
  await runOnce();
  return { run: (measure) => measure(SHORT_RUN, runOnce), close };
}
