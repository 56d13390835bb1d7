import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { stepsOf } from '../../../../test/support/step-graph.js';
import { ancestorsOf } from '../definition/ancestors.js';
import type { CheckedStep } from '../definition/checked-workflow.js';
import { WriteHistory } from './write-history.js';

describe('the writers before a step', () => {
  it('are those of its ancestors that wrote, each after its own, else in definition order', () => {
    const node = (size: number) =>
      fc.tuple(fc.uniqueArray(fc.integer({ min: 0, max: size }), { maxLength: 4 }), fc.boolean());
    const graphs = fc.integer({ min: 1, max: 14 }).chain((size) =>
      fc.tuple(
        fc.array(node(size), { minLength: size, maxLength: size }),
        fc.shuffledSubarray(
          Array.from({ length: size }, (_, index) => index),
          {
            minLength: size,
          },
        ),
      ),
    );
    fc.assert(
      fc.property(graphs, ([nodes, order]) => {
        // A step depends on what comes before it in `order`, so there is no circle.
        const place = (index: number): number => order.indexOf(index);
        const graph = nodes.map(([dependencies], index) =>
          dependencies.filter((other) => place(other) >= 0 && place(other) < place(index)),
        );
        const steps = stepsOf(graph);
        const wrote = (step: CheckedStep): boolean => nodes[step.index]?.[1] ?? false;
        const history = new WriteHistory(wrote);
        for (const index of order) {
          const step = steps[index];
          if (!step) continue;
          const expected = [...ancestorsOf(step)].filter(wrote).sort((a, b) => a.place - b.place);
          expect(history.writersBefore(step).map(({ id }) => id)).toEqual(
            expected.map(({ id }) => id),
          );
        }
      }),
      { numRuns: 300 },
    );
  });

  it('F70 are found from the end of a deep graph at once, as after a resume', () => {
    const depth = 50_000;
    const steps = stepsOf(Array.from({ length: depth }, (_, index) => (index ? [index - 1] : [])));
    const history = new WriteHistory(({ index }) => index % 10_000 === 5);
    const [last] = steps.slice(-1);
    expect(last && history.writersBefore(last).map(({ index }) => index)).toEqual([
      5, 10_005, 20_005, 30_005, 40_005,
    ]);
  });
});
