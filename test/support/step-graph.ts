import type { CheckedStep } from '../../libs/workflow/src/definition/checked-workflow.js';
import { compileWorkflow } from '../../libs/workflow/src/definition/workflow-compiler.js';

/** Steps by their dependencies, given as positions; dependencies may be defined later. */
export const stepsOf = (graph: readonly (readonly number[])[]): readonly CheckedStep[] =>
  compileWorkflow(
    {
      id: 'w',
      version: '1.0.0',
      steps: graph.map((dependencies, index) => ({
        id: `s${index}`,
        dependencies: dependencies.map((dependency) => `s${dependency}`),
        handler: () => undefined,
      })),
    },
    () => () => () => undefined,
    undefined,
  ).steps;
