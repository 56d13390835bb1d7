import type { WorkflowContext } from '../context/workflow-context.js';
import type { RetryPolicy } from './retry-policy.js';

/** A union that completes in an editor and accepts any string; the boot check has the last word. */
type Suggested<T extends string> = T | (string & Record<never, never>);

/** What a step is about. A label for people and metrics; nothing acts on it. */
export const STEP_TYPES = [
  'validation',
  'transformation',
  'business-logic',
  'data-access',
  'notification',
] as const;

/** @publicApi */
export type WorkflowStepType = (typeof STEP_TYPES)[number];

/** What happens to an execution when a critical step has failed for good. */
export const ERROR_STRATEGIES = ['fail-fast', 'continue-on-error', 'retry'] as const;

/** @publicApi */
export type ErrorStrategy = (typeof ERROR_STRATEGIES)[number];

/**
 * How failures are handled.
 *
 * - `retry` repeats a failed step by the policy below; when that is used up it behaves as `fail-fast`.
 * - `fail-fast` never repeats: the first failure of a critical step aborts what still runs.
 * - `continue-on-error` repeats like `retry`, and lets independent branches finish before the
 *   execution fails.
 *
 * @publicApi
 */
export interface WorkflowErrorHandling {
  /** @default 'retry' */
  strategy: Suggested<ErrorStrategy>;
  /** Repeats after the first attempt. @default 3 */
  maxRetries?: number;
  /** Milliseconds before the first repeat. @default 1000 */
  retryDelay?: number;
  /** @default 'fixed' */
  backoff?: RetryPolicy['backoff'];
  /** Milliseconds no delay exceeds. @default 3600000 */
  maxRetryDelay?: number;
  /** Part of each delay drawn at random, 0 to 1. @default 0 */
  jitter?: number;
  /** Only an empty list for now; anything else is refused at boot. */
  notifications?: readonly unknown[];
}

/**
 * What a handler may return, at once or as a promise: a plain value, or a `WorkflowResult` whose
 * `data` is the output.
 */
export type StepReturn = unknown;

/**
 * The function of a step in a definition written by hand.
 *
 * @publicApi
 */
export type WorkflowStepHandler = (context: WorkflowContext) => StepReturn;

/**
 * One node of a workflow's graph.
 *
 * @publicApi
 */
export interface WorkflowStep {
  /** Unique in its workflow; 1 to 255 characters of `A-Z a-z 0-9 . _ : @ -`. */
  id: string;
  /** For people. @default the id */
  name?: string;
  /** @default 'business-logic' */
  type?: Suggested<WorkflowStepType>;
  /** Ids of the steps that must complete first. @default [] */
  dependencies?: readonly string[];
  /** Milliseconds an attempt may take. @default 30000, and 5000 for a transactional step */
  timeout?: number;
  /** `false`: the first failure is final. @default true */
  retryable?: boolean;
  /** `false`: the execution goes on without this step when it fails. @default true */
  critical?: boolean;
  /**
   * Runs the step in a database transaction that also commits its checkpoint: what it writes through
   * `context.manager` is written exactly once.
   *
   * @default false
   */
  transactional?: boolean;
  /** Overrides fields of the workflow's retry policy for this step. */
  retry?: Partial<RetryPolicy>;
  handler: WorkflowStepHandler;
}

/**
 * What a workflow is: a graph of steps and the rules for running it.
 *
 * @publicApi
 */
export interface WorkflowDefinition {
  /** 1 to 255 characters of `A-Z a-z 0-9 . _ : @ -`. */
  id: string;
  /** Semantic version. A start takes the highest; an execution stays with the one it began with. */
  version: string;
  /** For people. @default the id */
  name?: string;
  /** @default '' */
  description?: string;
  steps: readonly WorkflowStep[];
  /** Id of the step whose output is the result's data. Without it: the steps nothing depends on. */
  output?: string;
  /** A class whose class-validator rules the input must satisfy before anything is stored. */
  input?: new () => object;
  /** Only an empty list for now; anything else is refused at boot. */
  triggers?: readonly unknown[];
  /** Only an empty list for now; anything else is refused at boot. */
  conditions?: readonly unknown[];
  errorHandling?: WorkflowErrorHandling;
  /** `false` says: available to every tenant. Executions always belong to the tenant that started them. @default true */
  tenantSpecific?: boolean;
  /** Must be `false` for now; `true` is refused at boot. @default false */
  crossTenantAllowed?: boolean;
}
