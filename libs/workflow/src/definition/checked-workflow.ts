import type { WorkflowContext } from '../context/workflow-context.js';
import type { RetryPolicy } from './retry-policy.js';
import type { ErrorStrategy } from './workflow-definition.js';

/** What the engine needs to run a step for one execution. */
export type StepInvocation = (context: WorkflowContext) => unknown;

/** Gives the steps of one execution their functions; request-scoped providers are made here. */
export type InvocationFactory = (
  execution: () => WorkflowContext,
) => Promise<(stepId: string) => StepInvocation> | ((stepId: string) => StepInvocation);

/** A step whose options are complete and whose place in the graph is known. */
export interface CheckedStep {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly timeout: number;
  readonly critical: boolean;
  readonly transactional: boolean;
  readonly retry: RetryPolicy;
  /** Position in definition order. */
  readonly index: number;
  /** Position in an order in which every step comes after its dependencies. */
  readonly place: number;
  readonly dependencies: readonly CheckedStep[];
  readonly dependents: readonly CheckedStep[];
}

/** A definition that passed every check: the only thing the engine runs. */
export interface CheckedWorkflow {
  readonly id: string;
  readonly version: string;
  readonly name: string;
  readonly description: string;
  readonly strategy: ErrorStrategy;
  readonly tenantSpecific: boolean;
  /** In definition order. */
  readonly steps: readonly CheckedStep[];
  readonly stepById: ReadonlyMap<string, CheckedStep>;
  /** Steps whose outputs make up the data of the result. */
  readonly outputSteps: readonly CheckedStep[];
  /** The data is the output itself instead of an object of outputs by id. */
  readonly singleOutput: boolean;
  /** SHA-256 of the graph: which steps there are and what they wait for. */
  readonly hash: string;
  /** What a worker must have to run an execution of this definition. */
  readonly capability: string;
  readonly invocations: InvocationFactory;
  /**
   * Throws `INPUT_INVALID` when the decoded input does not satisfy the declared classes; absent when
   * none has rules.
   */
  readonly checkInput: ((input: unknown) => Promise<void>) | undefined;
}
