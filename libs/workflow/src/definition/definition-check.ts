import { valid as isSemanticVersion } from 'semver';
import type { ErrorCode } from '../result/error-catalogue.js';
import type { DefinitionFault } from './definition-fault.js';
import { graphFaults } from './graph-check.js';
import { isIdentifier } from './identifier.js';
import { quoted } from './nearest-name.js';
import type { RetryPolicy } from './retry-policy.js';
import { errorHandlingOf, LONGEST_STEP_TIMEOUT, retryPolicyOf } from './step-defaults.js';
import {
  ERROR_STRATEGIES,
  STEP_TYPES,
  type WorkflowDefinition,
  type WorkflowStep,
} from './workflow-definition.js';

/** A definition and the name of what declared it, for messages. */
export interface DeclaredDefinition {
  readonly definition: WorkflowDefinition;
  /** The class, or undefined for a definition written by hand. */
  readonly className?: string | undefined;
}

const IDENTIFIER_RULE = 'Use 1 to 255 characters of A-Z a-z 0-9 . _ : @ -.';

/** Everything that is wrong with one definition. */
export function definitionFaults({ definition, className }: DeclaredDefinition): DefinitionFault[] {
  const owner = className ?? `workflow "${String(definition.id)}"`;
  const at = (stepId: string): string =>
    className ? `${className}.${stepId}` : `${owner} step "${stepId}"`;
  const steps = stepsOf(definition);
  return [
    ...workflowFaults(definition, owner, steps),
    ...steps.flatMap((step) => stepFaults(step, definition, at(String(step.id)))),
    ...graphFaults(definition.id, steps, at),
  ];
}

/** The steps in a shape that every check can read; what was bent is a fault of its own. */
const stepsOf = ({ steps }: WorkflowDefinition): DeclaredStep[] =>
  (Array.isArray(steps) ? (steps as readonly (WorkflowStep | null | undefined)[]) : []).map(
    (step) => ({
      ...(step as WorkflowStep),
      dependencies: Array.isArray(step?.dependencies) ? step.dependencies : [],
      declaredDependencies: step?.dependencies,
    }),
  );

interface DeclaredStep extends WorkflowStep {
  /** As it was written, which may be no list at all. */
  readonly declaredDependencies: unknown;
}

function workflowFaults(
  definition: WorkflowDefinition,
  owner: string,
  steps: readonly WorkflowStep[],
): DefinitionFault[] {
  const faults = collector(owner);
  faults.unless(
    isIdentifier(definition.id),
    'WORKFLOW_ID_INVALID',
    `"${String(definition.id)}" is not a valid workflow id.`,
    IDENTIFIER_RULE,
  );
  faults.unless(
    isSemanticVersion(definition.version) !== null,
    'WORKFLOW_VERSION_INVALID',
    `"${String(definition.version)}" is not a semantic version.`,
    'Write it as MAJOR.MINOR.PATCH, for example 1.0.0.',
  );
  faults.unless(
    steps.length > 0,
    'WORKFLOW_EMPTY',
    `Workflow "${String(definition.id)}" has no steps.`,
    'Decorate at least one method with @Step().',
  );
  const ids = steps.map(({ id }) => id);
  faults.unless(
    definition.output === undefined || ids.includes(definition.output),
    'WORKFLOW_OUTPUT_MISSING',
    `The output "${String(definition.output)}" is not a step. Steps: ${quoted(ids)}.`,
    'Name one of these steps.',
  );
  for (const feature of ['triggers', 'conditions'] as const) {
    faults.unless(
      (definition[feature]?.length ?? 0) === 0,
      'WORKFLOW_FEATURE_MISSING',
      `"${feature}" is not available in this version.`,
      `Leave "${feature}" out or empty.`,
    );
  }
  faults.unless(
    definition.crossTenantAllowed !== true,
    'WORKFLOW_FEATURE_MISSING',
    '"crossTenantAllowed: true" is not available in this version.',
    'Leave it out.',
  );
  return [...faults.found, ...errorHandlingFaults(definition, owner)];
}

function errorHandlingFaults(definition: WorkflowDefinition, owner: string): DefinitionFault[] {
  const faults = collector(owner);
  const handling = errorHandlingOf(definition.errorHandling);
  faults.unless(
    (ERROR_STRATEGIES as readonly string[]).includes(handling.strategy),
    handling.strategy === 'fallback' ? 'WORKFLOW_FEATURE_MISSING' : 'WORKFLOW_OPTION_INVALID',
    `errorHandling.strategy "${String(handling.strategy)}" is not available.`,
    `Use one of ${quoted(ERROR_STRATEGIES)}.`,
  );
  faults.unless(
    (handling.notifications?.length ?? 0) === 0,
    'WORKFLOW_FEATURE_MISSING',
    '"errorHandling.notifications" is not available in this version.',
    'Leave it out or empty.',
  );
  faults.unless(
    !('fallbackWorkflow' in handling) || handling.fallbackWorkflow === undefined,
    'WORKFLOW_FEATURE_MISSING',
    '"errorHandling.fallbackWorkflow" is not available in this version.',
    'Leave it out.',
  );
  retryFaults(handling, 'errorHandling', 'WORKFLOW_OPTION_INVALID', faults);
  return faults.found;
}

function stepFaults(
  step: DeclaredStep,
  definition: WorkflowDefinition,
  where: string,
): DefinitionFault[] {
  const faults = collector(where);
  faults.unless(
    isIdentifier(step.id),
    'STEP_ID_INVALID',
    `"${String(step.id)}" is not a valid step id.`,
    IDENTIFIER_RULE,
  );
  faults.unless(
    typeof step.handler === 'function',
    'STEP_HANDLER_MISSING',
    `The handler is ${step.handler === undefined ? 'missing' : 'not a function'}.`,
    'Give the step a function.',
  );
  faults.unless(
    step.type === undefined || (STEP_TYPES as readonly string[]).includes(step.type),
    'STEP_OPTION_INVALID',
    `type "${String(step.type)}" is not known.`,
    `Use one of ${quoted(STEP_TYPES)}.`,
  );
  faults.unless(
    step.timeout === undefined || isWholeNumber(step.timeout, 1, LONGEST_STEP_TIMEOUT),
    'STEP_OPTION_INVALID',
    `timeout ${String(step.timeout)} is not a number of milliseconds.`,
    `Use a whole number from 1 to ${LONGEST_STEP_TIMEOUT}.`,
  );
  faults.unless(
    step.declaredDependencies === undefined || Array.isArray(step.declaredDependencies),
    'STEP_OPTION_INVALID',
    'dependencies is not a list.',
    'Use a list of ids of steps.',
  );
  for (const flag of ['critical', 'retryable'] as const) {
    faults.unless(
      step[flag] === undefined || typeof step[flag] === 'boolean',
      'STEP_OPTION_INVALID',
      `${flag} "${String(step[flag])}" is not a boolean.`,
      'Use true or false.',
    );
  }
  retryFaults(step.retry ?? {}, 'retry', 'STEP_OPTION_INVALID', faults);
  const effective = retryPolicyOf(step, errorHandlingOf(definition.errorHandling));
  faults.unless(
    step.retryable !== false || step.retry === undefined,
    'STEP_OPTION_INVALID',
    `retryable is false and retry asks for repeats (${effective.maxRetries}).`,
    'Remove one of the two.',
  );
  return faults.found;
}

const LONGEST_DELAY = 10 * 365 * 86_400_000;

/** Option, highest value, and whether only whole numbers make sense. */
const RETRY_RANGES = [
  ['maxRetries', 10_000, true],
  ['retryDelay', LONGEST_DELAY, false],
  ['maxRetryDelay', LONGEST_DELAY, false],
  ['jitter', 1, false],
] as const satisfies readonly (readonly [keyof RetryPolicy, number, boolean])[];

function retryFaults(
  policy: Partial<RetryPolicy>,
  option: string,
  code: ErrorCode,
  faults: FaultCollector,
): void {
  for (const [field, highest, whole] of RETRY_RANGES) {
    const value = policy[field];
    faults.unless(
      value === undefined ||
        (whole ? isWholeNumber(value, 0, highest) : isNumber(value, 0, highest)),
      code,
      `${option}.${field} ${String(value)} is out of range.`,
      `Use a ${whole ? 'whole ' : ''}number from 0 to ${highest}.`,
    );
  }
  faults.unless(
    policy.backoff === undefined || ['fixed', 'exponential'].includes(policy.backoff),
    code,
    `${option}.backoff "${String(policy.backoff)}" is not known.`,
    'Use "fixed" or "exponential".',
  );
}

const isNumber = (value: unknown, lowest: number, highest: number): value is number =>
  typeof value === 'number' && value >= lowest && value <= highest;

const isWholeNumber = (value: unknown, lowest: number, highest: number): boolean =>
  isNumber(value, lowest, highest) && Number.isInteger(value);

interface FaultCollector {
  readonly found: DefinitionFault[];
  unless(holds: boolean, code: ErrorCode, message: string, fix: string): void;
}

function collector(where: string): FaultCollector {
  const found: DefinitionFault[] = [];
  return {
    found,
    unless(holds, code, message, fix) {
      if (!holds) found.push({ code, where, message, fix });
    },
  };
}
