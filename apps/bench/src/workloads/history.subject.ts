import { createTables } from '../databases/create-tables.js';
import type { Database } from '../databases/database.js';
import { writeHistory } from '../databases/history.js';
import { ThreeSteps } from '../workflows/three-steps.workflow.js';
import { manyAtATime } from './engine.subject.js';
import { HISTORY, SHORT_RUN } from './sizes.js';
import type { Subject } from './subject.js';

/** W5: three steps in a store that holds many executions that ended. */
export async function withHistory(database: Database): Promise<Subject> {
  await createTables(database);
  await writeHistory(database, HISTORY);
  return withoutHistory(database);
}

/** What W5 is compared with. Runs are short, so that the store stays nearly empty. */
export const withoutHistory = (database: Database): Promise<Subject> =>
  manyAtATime(database, ThreeSteps, SHORT_RUN);
