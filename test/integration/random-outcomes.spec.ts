import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { StepStatus } from '@luxgen/workflow';
import { appPerTest } from '../support/app-per-test.js';
import { runOnce, step, workflow } from '../support/definitions.js';

/** A step in an order in which it may depend on those before it only. */
interface Node {
  readonly dependencies: readonly number[];
  readonly critical: boolean;
  /** Attempts that fail before one succeeds. */
  readonly failures: number;
  readonly maxRetries: number;
}

/** What a run must come to. */
interface Expected {
  readonly statuses: readonly StepStatus[];
  readonly attempts: readonly number[];
  readonly fatal: readonly number[];
  readonly failed: readonly number[];
}

/** The rules of `continue-on-error`, told without an engine. */
function byRule(nodes: readonly Node[]): Expected {
  const statuses: StepStatus[] = [];
  const attempts: number[] = [];
  for (const { dependencies, failures, maxRetries } of nodes) {
    const runs = dependencies.every((dependency) => statuses[dependency] === 'completed');
    attempts.push(runs ? Math.min(failures, maxRetries) + 1 : 0);
    statuses.push(!runs ? 'skipped' : failures > maxRetries ? 'failed' : 'completed');
  }
  const failed = nodes.flatMap((_node, index) => (statuses[index] === 'failed' ? [index] : []));
  return { statuses, attempts, failed, fatal: failed.filter((index) => nodes[index]?.critical) };
}

const SIZE = 12;
const nodes = fc.integer({ min: 1, max: SIZE }).chain((size) =>
  fc.tuple(
    ...Array.from({ length: size }, (_, index) =>
      fc.record({
        dependencies:
          index === 0
            ? fc.constant<number[]>([])
            : fc.uniqueArray(fc.integer({ min: 0, max: index - 1 }), { maxLength: 3 }),
        critical: fc.boolean(),
        failures: fc.constantFrom(0, 0, 0, 1, 2, 9),
        maxRetries: fc.integer({ min: 0, max: 2 }),
      }),
    ),
  ),
);
/** The order in which the steps are declared, which need not be one in which they can run. */
const shuffled = fc.shuffledSubarray(
  Array.from({ length: SIZE }, (_, index) => index),
  { minLength: SIZE },
);

describe('a random graph whose steps fail a random number of times', () => {
  const start = appPerTest();
  const id = (index: number): string => `s${index}`;

  it.each([1, 3, 16])(
    'comes to what the rules say, with %i steps at a time',
    async (parallelSteps) => {
      const { manager } = await start({ options: { limits: { parallelSteps } } });
      let count = 0;
      await fc.assert(
        fc.asyncProperty(nodes, shuffled, async (graph, shuffle) => {
          const order = shuffle.filter((index) => index < graph.length);
          const attempts = graph.map(() => 0);
          const trace: string[] = [];
          const steps = order.map((index) => {
            const { dependencies, critical, failures, maxRetries } = graph[index] as Node;
            return step(
              id(index),
              async ({ retryCount }) => {
                expect(retryCount).toBe(attempts[index]);
                attempts[index] = (attempts[index] ?? 0) + 1;
                for (let turns = 0; turns < index % 4; turns += 1) await Promise.resolve();
                if ((attempts[index] ?? 0) <= failures) throw new Error(id(index));
                trace.push(id(index));
                return index;
              },
              {
                dependencies: dependencies.map(id),
                critical,
                retry: { maxRetries, retryDelay: 0 },
              },
            );
          });
          const name = `g${(count += 1)}`;
          const result = await runOnce(
            manager,
            workflow(name, steps, { errorHandling: { strategy: 'continue-on-error' } }),
          );

          const expected = byRule(graph);
          const inOrder = (indexes: readonly number[]) =>
            order.filter((index) => indexes.includes(index));
          const found = new Map(result.metadata?.steps.map((one) => [one.stepId, one]));
          graph.forEach((_node, index) => {
            expect(found.get(id(index))).toMatchObject({
              status: expected.statuses[index],
              retryCount: Math.max(0, (expected.attempts[index] ?? 0) - 1),
            });
          });
          expect(attempts).toEqual(expected.attempts);
          expect(result.success).toBe(expected.fatal.length === 0);
          expect(result.errors?.map(({ stepId }) => stepId) ?? []).toEqual(
            inOrder(expected.failed).map(id),
          );
          const leaves = order.filter(
            (index) => !graph.some(({ dependencies }) => dependencies.includes(index)),
          );
          const done = leaves.filter((index) => expected.statuses[index] === 'completed');
          if (result.success) {
            expect(result.degraded ?? false).toBe(
              expected.statuses.some((status) => status !== 'completed'),
            );
            expect(result.data).toEqual(
              leaves.length === 1
                ? (done[0] ?? null)
                : Object.fromEntries(done.map((index) => [id(index), index])),
            );
          } else {
            const [first] = inOrder(expected.fatal);
            expect(result.message).toBe(`Workflow "${name}" failed at step "${id(Number(first))}"`);
          }
          // No step completed before what it depends on.
          graph.forEach(({ dependencies }, index) => {
            if (!trace.includes(id(index))) return;
            for (const dependency of dependencies) {
              expect(trace.indexOf(id(dependency))).toBeLessThan(trace.indexOf(id(index)));
              expect(trace).toContain(id(dependency));
            }
          });
        }),
        { numRuns: 120 },
      );
    },
    120_000,
  );
});
