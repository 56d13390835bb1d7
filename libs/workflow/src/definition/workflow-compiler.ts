import { createHash } from 'node:crypto';
import type { CheckedStep, CheckedWorkflow, InvocationFactory } from './checked-workflow.js';
import { inDependencyOrder } from './dependency-order.js';
import type { RetryPolicy } from './retry-policy.js';
import {
  DEFAULT_STEP_TIMEOUT,
  DEFAULT_TRANSACTION_TIMEOUT,
  errorHandlingOf,
  retryPolicyOf,
} from './step-defaults.js';
import type { ErrorStrategy, WorkflowDefinition } from './workflow-definition.js';

interface MutableStep {
  id: string;
  name: string;
  type: string;
  timeout: number;
  critical: boolean;
  transactional: boolean;
  retry: RetryPolicy;
  index: number;
  place: number;
  dependencies: CheckedStep[];
  dependents: CheckedStep[];
}

/** Completes a definition that has no faults: defaults filled in, ids resolved to steps. */
export function compileWorkflow(
  definition: WorkflowDefinition,
  invocations: InvocationFactory,
  checkInput: CheckedWorkflow['checkInput'],
): CheckedWorkflow {
  const handling = errorHandlingOf(definition.errorHandling);
  const steps = definition.steps.map((step, index): MutableStep => ({
    id: step.id,
    name: step.name ?? step.id,
    type: step.type ?? 'business-logic',
    timeout:
      step.timeout ?? (step.transactional ? DEFAULT_TRANSACTION_TIMEOUT : DEFAULT_STEP_TIMEOUT),
    critical: step.critical ?? true,
    transactional: step.transactional ?? false,
    retry: retryPolicyOf(step, handling),
    index,
    place: index,
    dependencies: [],
    dependents: [],
  }));
  const stepById = new Map(steps.map((step) => [step.id, step]));
  definition.steps.forEach((declared, index) => {
    const step = steps[index];
    for (const id of new Set(declared.dependencies)) {
      const dependency = stepById.get(id);
      if (!step || !dependency) continue;
      step.dependencies.push(dependency);
      dependency.dependents.push(step);
    }
  });
  inDependencyOrder(steps).forEach((step, place) => {
    step.place = place;
  });

  const declaredOutput =
    definition.output === undefined ? undefined : stepById.get(definition.output);
  const outputSteps = declaredOutput
    ? [declaredOutput]
    : steps.filter(({ dependents }) => dependents.length === 0);
  const hash = graphHash(definition.id, definition.version, steps);
  return {
    id: definition.id,
    version: definition.version,
    name: definition.name ?? definition.id,
    description: definition.description ?? '',
    strategy: handling.strategy as ErrorStrategy,
    tenantSpecific: definition.tenantSpecific ?? true,
    steps,
    stepById,
    outputSteps,
    singleOutput: outputSteps.length === 1,
    hash,
    capability: capabilityOf(definition.id, definition.version, hash),
    invocations,
    checkInput,
  };
}

/** What a worker must have: the id, the version and the graph an execution began with. */
export const capabilityOf = (id: string, version: string, hash: string): string =>
  `${id}@${version}#${hash.slice(0, 16)}`;

/** Timeouts and delays may change under a running execution; steps and dependencies may not. */
function graphHash(id: string, version: string, steps: readonly CheckedStep[]): string {
  const shape = steps
    .map((step) => [step.id, step.dependencies.map((dependency) => dependency.id).sort()])
    .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([id, version, shape]))
    .digest('hex');
}
