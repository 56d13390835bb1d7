import { setTimeout as wait } from 'node:timers/promises';
import type { Database } from '../databases/database.js';
import { ThreeSteps } from '../workflows/three-steps.workflow.js';
import { warmApp } from './engine.subject.js';
import { IDLE_TIME } from './sizes.js';
import type { Subject } from './subject.js';

/** A process that has worked and has nothing to do. */
export async function idle(database: Database): Promise<Subject> {
  const { close } = await warmApp(database, ThreeSteps);
  return { run: (measure) => measure(0, () => wait(IDLE_TIME)), close };
}
