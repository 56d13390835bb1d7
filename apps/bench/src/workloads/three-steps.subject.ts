import type { Database } from '../databases/database.js';
import { openApp } from '../engine/bench-app.js';
import { orderNumber } from '../workflows/order.js';
import { ThreeSteps } from '../workflows/three-steps.workflow.js';
import { EXECUTIONS, IN_FLIGHT, WARM_UP } from './sizes.js';
import { inFlight } from './in-flight.js';
import type { Subject } from './subject.js';

/** W1: three sequential steps, many executions at a time. */
export async function threeSteps(database: Database): Promise<Subject> {
  const { manager, close } = await openApp(database, [ThreeSteps]);
  const runMany = (executions: number): Promise<void> =>
    inFlight(executions, IN_FLIGHT, async (number) => {
      const result = await manager.runWorkflow(ThreeSteps, orderNumber(number));
      if (!result.success) throw new Error(result.message);
    });
  await runMany(WARM_UP);
  return { run: (measure) => measure(EXECUTIONS, () => runMany(EXECUTIONS)), close };
}
