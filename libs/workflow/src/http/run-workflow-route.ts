import { AsyncLocalStorage } from 'node:async_hooks';
import type { WorkflowReference } from '../workflow-reference.js';

export const RUN_WORKFLOW_METADATA = 'luxgen:run-workflow';

/** What `@RunWorkflow()` wrote on a handler. */
export interface RunWorkflowRoute {
  readonly ref: WorkflowReference;
  /** Milliseconds. */
  readonly wait: number;
}

/** What a wrapped method leaves for the interceptor: the input, seen after the pipes. */
export interface GivenInput {
  value?: { readonly input: unknown };
}

/**
 * The way from the method to the interceptor. Not the method's return value, because any other
 * interceptor of the method may stand between the two and change that.
 */
export const givenInput = new AsyncLocalStorage<GivenInput>();
