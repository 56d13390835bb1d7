import type { Type } from '@nestjs/common';
import type { WorkflowManager } from '@luxgen/workflow';
import type { Database } from '../databases/database.js';
import { maintain } from '../databases/prepare.js';
import { openApp, type BenchApp } from '../engine/bench-app.js';
import { orderNumber } from '../workflows/order.js';
import { inFlight } from './in-flight.js';
import { IN_FLIGHT, WARM_UP } from './sizes.js';
import type { Subject } from './subject.js';

/** Runs executions to their end, many at a time. */
export async function runMany(
  manager: WorkflowManager,
  workflow: Type,
  executions: number,
): Promise<void> {
  await inFlight(executions, IN_FLIGHT, (number) => runOne(manager, workflow, number));
}

export async function runOne(
  manager: WorkflowManager,
  workflow: Type,
  number: number,
): Promise<void> {
  const result = await manager.runWorkflow(workflow, orderNumber(number));
  if (!result.success) throw new Error(result.message);
}

/** An application that has run the workflow often enough to be measured. */
export async function warmApp(database: Database, workflow: Type): Promise<BenchApp> {
  const app = await openApp(database, [workflow]);
  await runMany(app.manager, workflow, WARM_UP);
  await maintain(database);
  return app;
}

/** A workflow, many executions at a time. */
export async function manyAtATime(
  database: Database,
  workflow: Type,
  executions: number,
): Promise<Subject> {
  const { manager, close } = await warmApp(database, workflow);
  return {
    run: (measure) => measure(executions, () => runMany(manager, workflow, executions)),
    close,
  };
}
