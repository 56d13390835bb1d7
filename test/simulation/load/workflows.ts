import { compileWorkflow } from '../../../libs/workflow/src/definition/workflow-compiler.js';
import type { CheckedWorkflow } from '../../../libs/workflow/src/definition/checked-workflow.js';
import type { WorkflowContext } from '../../../libs/workflow/src/context/workflow-context.js';
import type {
  WorkflowDefinition,
  WorkflowStep,
} from '../../../libs/workflow/src/definition/workflow-definition.js';
import { WorkflowDefinitions } from '../../../libs/workflow/src/discovery/workflow.definitions.js';

/** Milliseconds; a tenth of one is the unit of everything in its run. */
export const LEASES = [50, 200, 1_000, 5_000, 15_000, 60_000] as const;

/** Which versions of the workflows a node knows. */
export const RELEASES = ['first', 'both', 'second'] as const;
export type Release = (typeof RELEASES)[number];

type Shape = Pick<WorkflowDefinition, 'id' | 'steps' | 'errorHandling'>;

/** Performs a step, wherever its code stands; who performs is set for each run. */
export type Performance = (context: WorkflowContext) => Promise<unknown>;

let performance: Performance | undefined;

/** There is one run at a time. */
export function performBy(given: Performance): void {
  performance = given;
}

const handler = (context: WorkflowContext): Promise<unknown> => {
  if (!performance) throw new Error('No run is going on.');
  return performance(context);
};

function shapes(unit: number): Shape[] {
  const step = (
    id: string,
    dependencies: readonly string[] = [],
    options: Partial<WorkflowStep> = {},
  ): WorkflowStep => ({ id, dependencies, handler, timeout: unit * 14, ...options });
  const transactional = { transactional: true } as const;
  const soon = { maxRetries: 2, retryDelay: unit };
  const later = { maxRetries: 2, retryDelay: unit * 8 };
  const retries = { strategy: 'retry', ...soon } as const;
  return [
    { id: 'single', steps: [step('a')], errorHandling: retries },
    {
      id: 'chain',
      steps: [step('a'), step('b', ['a'], transactional), step('c', ['b'])],
      errorHandling: retries,
    },
    {
      id: 'join',
      steps: [step('a'), step('b', [], transactional), step('c', ['a', 'b'], transactional)],
      errorHandling: retries,
    },
    {
      id: 'patient',
      steps: [
        step('a', [], { retry: later }),
        step('b', ['a'], { retry: later, ...transactional }),
      ],
      errorHandling: retries,
    },
    {
      id: 'committed',
      steps: [step('a', [], transactional), step('b', ['a'], transactional)],
      errorHandling: { strategy: 'fail-fast' },
    },
    {
      id: 'lenient',
      steps: [
        step('a', [], { critical: false, retryable: false }),
        step('b', [], { retry: soon }),
        step('c', ['b'], transactional),
        step('d', ['a']),
      ],
      errorHandling: { strategy: 'continue-on-error' },
    },
  ];
}

export const WORKFLOW_IDS: readonly string[] = shapes(1).map(({ id }) => id);

/** Ids of the steps, by workflow. */
export const STEPS_OF: ReadonlyMap<string, readonly string[]> = new Map(
  shapes(1).map(({ id, steps }) => [id, steps.map((each) => each.id)]),
);

/** The second version does the same in another graph, which makes it another definition. */
const VERSIONS = ['1.0.0', '2.0.0'] as const;

const VERSIONS_OF: Readonly<Record<Release, readonly (typeof VERSIONS)[number][]>> = {
  first: ['1.0.0'],
  both: VERSIONS,
  second: ['2.0.0'],
};

function compiled(unit: number, version: string): CheckedWorkflow[] {
  return shapes(unit).map((shape) =>
    compileWorkflow(
      { ...shape, version },
      () => () => handler,
      () => Promise.resolve(),
    ),
  );
}

const releases = new Map<string, WorkflowDefinitions>();

/** What a node of a release knows. Never changed, and shared by all runs. */
export function definitionsOf(unit: number, release: Release): WorkflowDefinitions {
  const name = `${unit} ${release}`;
  const known = releases.get(name);
  if (known) return known;
  const definitions = new WorkflowDefinitions();
  for (const version of VERSIONS_OF[release]) {
    for (const workflow of compiled(unit, version)) definitions.add(workflow);
  }
  releases.set(name, definitions);
  return definitions;
}
