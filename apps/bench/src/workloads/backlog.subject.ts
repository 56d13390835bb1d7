import { setTimeout as wait } from 'node:timers/promises';
import type { WorkflowManager } from '@luxgen/workflow';
import type { Database } from '../databases/database.js';
import { maintain } from '../databases/prepare.js';
import { openApp, type BenchApp } from '../engine/bench-app.js';
import { orderNumber } from '../workflows/order.js';
import { Progress, WatchedSteps } from '../workflows/watched-steps.workflow.js';
import { inFlight } from './in-flight.js';
import { BACKLOG, IN_FLIGHT } from './sizes.js';
import type { Subject } from './subject.js';

const PROVIDERS = [WatchedSteps, Progress];

/** W4: what one application started and nobody ran, drained by another one. */
export async function backlog(database: Database): Promise<Subject> {
  await afterStart(database, drain);
  return {
    run: (measure) => afterStart(database, (app) => measure(BACKLOG, () => drain(app))),
    close: () => Promise.resolve(),
  };
}

/** Does something with an application that finds a backlog. */
async function afterStart<T>(database: Database, work: (app: BenchApp) => Promise<T>): Promise<T> {
  await startBacklog(database);
  await maintain(database);
  const app = await openApp(database, PROVIDERS);
  try {
    return await work(app);
  } finally {
    await app.close();
  }
}

async function drain({ app, manager }: BenchApp): Promise<void> {
  await app.get(Progress).reached(BACKLOG);
  await untilEnded(manager);
}

async function startBacklog(database: Database): Promise<void> {
  const { manager, close } = await openApp(database, PROVIDERS, { worker: false });
  await inFlight(BACKLOG, IN_FLIGHT, async (number) => {
    const { accepted } = await manager.startWorkflow(WatchedSteps, orderNumber(number));
    if (!accepted) throw new Error('A start was refused.');
  });
  await close();
}

/** All have come to their last step; what is left is to see it written. */
async function untilEnded(manager: WorkflowManager): Promise<void> {
  for (;;) {
    const { running, failed } = await manager.getWorkflowStatistics();
    if (failed > 0) throw new Error(`${failed} executions failed.`);
    if (running === 0) return;
    await wait(1);
  }
}
