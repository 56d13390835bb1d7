import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { stepsOf } from '../../../../test/support/step-graph.js';

const placesOf = (graph: readonly (readonly number[])[]): number[] =>
  stepsOf(graph).map(({ place }) => place);

describe('the place of a step', () => {
  it('comes after those of its dependencies, and is its own', () => {
    const graphs = fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7], { minLength: 8 }).chain((order) =>
      fc
        .tuple(...order.map((one) => fc.subarray(order.slice(0, order.indexOf(one)))))
        .map((dependencies) => {
          const graph: number[][] = [];
          order.forEach((index, at) => (graph[index] = dependencies[at] ?? []));
          return graph;
        }),
    );
    fc.assert(
      fc.property(graphs, (graph) => {
        const steps = stepsOf(graph);
        for (const step of steps) {
          for (const dependency of step.dependencies) {
            expect(dependency.place).toBeLessThan(step.place);
          }
        }
        expect(new Set(steps.map(({ place }) => place)).size).toBe(steps.length);
      }),
    );
  });

  it.each([
    ['steps defined after their dependencies', [[], [0], [], [1, 2], []], [0, 1, 2, 3, 4]],
    ['a chain that is defined backwards', [[1], [2], []], [2, 1, 0]],
    ['a step that waits for a later one, before those after that', [[2], [], [], []], [2, 0, 1, 3]],
  ])('is that of the definition as far as possible: %s', (_what, graph, places) => {
    expect(placesOf(graph)).toEqual(places);
  });
});
