import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { StepStatus, WorkflowOutcome, WorkflowStepResult } from '@luxgen/workflow';
import { step, workflow } from '../support/definitions.js';
import { workflowApp, type WorkflowApp } from '../support/workflow-app.js';

/** A node of a random graph; it depends on nodes before it only, so the graph has no circle. */
interface Node {
  readonly dependencies: readonly number[];
  readonly critical: boolean;
  readonly fails: boolean;
}

const GRAPHS = 500;
const name = (index: number): string => `s${index}`;

const graphs = (failing: boolean): fc.Arbitrary<Node[]> =>
  fc.integer({ min: 1, max: 12 }).chain((size) =>
    fc.tuple(
      ...Array.from({ length: size }, (_, index) =>
        fc.record({
          dependencies:
            index === 0
              ? fc.constant([])
              : fc.uniqueArray(fc.integer({ min: 0, max: index - 1 }), { maxLength: 4 }),
          critical: fc.boolean(),
          fails: failing ? fc.boolean() : fc.constant(false),
        }),
      ),
    ),
  );

/** What a run did, in order. */
interface Trace {
  readonly begun: number[];
  readonly completed: number[];
}

describe('a random graph', () => {
  let app: WorkflowApp;
  let graphCount = 0;
  beforeAll(async () => {
    app = await workflowApp({});
  });
  afterAll(() => app.close());

  const run = async (
    nodes: readonly Node[],
    strategy: 'retry' | 'continue-on-error',
  ): Promise<{ trace: Trace; result: WorkflowOutcome<Record<string, unknown>> }> => {
    const trace: Trace = { begun: [], completed: [] };
    const id = `graph-${(graphCount += 1)}`;
    app.manager.registerWorkflow(
      {},
      workflow(
        id,
        nodes.map(({ dependencies, critical, fails }, index) =>
          step(
            name(index),
            async () => {
              trace.begun.push(index);
              // Some settle at once, others a few turns later.
              for (let turns = 0; turns < index % 3; turns += 1) await Promise.resolve();
              if (fails) throw new Error('as drawn');
              trace.completed.push(index);
              return index;
            },
            { dependencies: dependencies.map(name), critical },
          ),
        ),
        { errorHandling: { strategy, maxRetries: 0 } },
      ),
    );
    const result = await app.manager.runAsTenant('acme', () => app.manager.runWorkflow(id));
    return { trace, result };
  };

  it('runs every step exactly once, after its dependencies, when nothing fails', async () => {
    await fc.assert(
      fc.asyncProperty(graphs(false), async (nodes) => {
        const { trace, result } = await run(nodes, 'retry');

        expect(result.success).toBe(true);
        expect([...trace.begun].sort((a, b) => a - b)).toEqual(nodes.map((_, index) => index));
        for (const [index, { dependencies }] of nodes.entries()) {
          for (const dependency of dependencies) {
            expect(trace.begun.indexOf(dependency)).toBeLessThan(trace.begun.indexOf(index));
          }
        }
      }),
      { numRuns: GRAPHS },
    );
  }, 60_000);

  it('settles every step by the rules when steps fail at random', async () => {
    await fc.assert(
      fc.asyncProperty(graphs(true), async (nodes) => {
        const { trace, result } = await run(nodes, 'continue-on-error');

        const expected = statusesByRule(nodes);
        expect(statusesOf(result)).toEqual(expected);
        const failed = nodes.some(
          ({ critical }, index) => critical && expected[index] === 'failed',
        );
        expect(result.success).toBe(!failed);
        if (result.success) {
          const whole = expected.every((status) => status === 'completed');
          expect(result.degraded ?? false).toBe(!whole);
        }
        expect(new Set(trace.begun).size).toBe(trace.begun.length);
        const ran = expected.flatMap((status, index) => (status === 'skipped' ? [] : [index]));
        expect([...trace.begun].sort((a, b) => a - b)).toEqual(ran);
      }),
      { numRuns: GRAPHS },
    );
  }, 60_000);

  it('stops at the first failure of a critical step', async () => {
    await fc.assert(
      fc.asyncProperty(graphs(true), async (nodes) => {
        const { trace, result } = await run(nodes, 'retry');

        const statuses = statusesOf(result);
        const byRule = statusesByRule(nodes);
        const failed = nodes.some(({ critical }, index) => critical && byRule[index] === 'failed');
        expect(result.success).toBe(!failed);
        expect(new Set(trace.begun).size).toBe(trace.begun.length);
        for (const [index, { dependencies }] of nodes.entries()) {
          if (!trace.begun.includes(index)) expect(statuses[index]).toBe('skipped');
          const ready = dependencies.every((dependency) => trace.completed.includes(dependency));
          if (trace.begun.includes(index)) expect(ready).toBe(true);
        }
        if (!failed) expect(statuses).toEqual(byRule);
      }),
      { numRuns: GRAPHS },
    );
  }, 60_000);
});

/** A step runs when all it depends on completed; else it is skipped. */
function statusesByRule(nodes: readonly Node[]): StepStatus[] {
  const statuses: StepStatus[] = [];
  for (const { dependencies, fails } of nodes) {
    const ready = dependencies.every((dependency) => statuses[dependency] === 'completed');
    statuses.push(!ready ? 'skipped' : fails ? 'failed' : 'completed');
  }
  return statuses;
}

const statusesOf = (result: WorkflowOutcome<unknown>): StepStatus[] =>
  (result.metadata?.steps ?? []).map(({ status }: WorkflowStepResult) => status);
