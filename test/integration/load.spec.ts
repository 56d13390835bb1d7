import { afterEach, describe, expect, it } from '@jest/globals';
import { setImmediate as turn } from 'node:timers/promises';
import { step, workflow } from '../support/definitions.js';
import { workflowApp, type WorkflowApp } from '../support/workflow-app.js';

const EXECUTIONS = 1_000;
const ROUNDS = 6;
/** Bytes of heap that 1,000 executions may leave behind. */
const SLOPE = 1_048_576;

const SUM = workflow(
  'sum',
  [
    step('left', ({ input }) => ({ value: (input as { n: number }).n * 2 })),
    step('right', ({ input }) => ({ value: (input as { n: number }).n * 3 })),
    step(
      'sum',
      (context) => ({
        n: (context.input as { n: number }).n,
        sum:
          context.getOutput<{ value: number }>('left').value +
          context.getOutput<{ value: number }>('right').value,
      }),
      { dependencies: ['left', 'right'] },
    ),
  ],
  { output: 'sum' },
);

describe('a thousand executions at a time in one process', () => {
  let running: WorkflowApp | undefined;
  afterEach(async () => {
    await running?.close();
    running = undefined;
  });

  const round = async (app: WorkflowApp): Promise<unknown[]> => {
    const results = await app.manager.runAsTenant('acme', () =>
      Promise.all(
        Array.from({ length: EXECUTIONS }, (_, n) => app.manager.runWorkflow('sum', { n })),
      ),
    );
    return results.map((result) => (result.success ? result.data : result.errors));
  };

  it('all complete, each with its own result, and leave no resource behind', async () => {
    running = await workflowApp({});
    running.manager.registerWorkflow({}, SUM);
    await round(running);
    const before = await resourcesAtRest();

    const results = await round(running);

    expect(results).toEqual(Array.from({ length: EXECUTIONS }, (_, n) => ({ n, sum: n * 5 })));
    const statistics = await running.manager.runAsTenant('acme', () =>
      running?.manager.getWorkflowStatistics(),
    );
    expect(statistics).toMatchObject({ total: 2 * EXECUTIONS, completed: 2 * EXECUTIONS });
    expect(await resourcesAtRest()).toEqual(before);
  }, 60_000);

  // Red when: libs/workflow/src/dispatch/completion-board.ts
  //   - watches.filter(({ run }) => run > snapshot.run),
  //   + watches,
  it('F71 leave no memory behind', async () => {
    if (!globalThis.gc) throw new Error('This test needs --expose-gc.');
    running = await workflowApp({});
    running.manager.registerWorkflow({}, SUM);
    const heap: number[] = [];
    for (let done = 0; done < ROUNDS; done += 1) {
      await round(running);
      await turn();
      globalThis.gc();
      heap.push(process.memoryUsage().heapUsed);
    }

    // The first round warms up; the line through the others must not climb.
    expect(slopeOf(heap.slice(1))).toBeLessThan(SLOPE);
  }, 120_000);
});

/** What keeps the process alive once nothing has changed for many turns of the event loop. */
async function resourcesAtRest(): Promise<string[]> {
  let seen: string[] = [];
  for (let unchanged = 0; unchanged < 100; unchanged += 1) {
    await turn();
    const now = process
      .getActiveResourcesInfo()
      .filter((resource) => resource !== 'Immediate')
      .sort();
    if (now.join() !== seen.join()) unchanged = 0;
    seen = now;
  }
  return seen;
}

/** Growth per round of the line that fits best. */
function slopeOf(values: readonly number[]): number {
  const middle = (values.length - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const covariance = values.reduce((sum, value, at) => sum + (at - middle) * (value - mean), 0);
  const variance = values.reduce((sum, _value, at) => sum + (at - middle) ** 2, 0);
  return covariance / variance;
}
