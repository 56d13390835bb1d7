import type { WorkflowReference } from '../workflow-reference.js';

export const RUN_WORKFLOW_METADATA = 'luxgen:run-workflow';

/** What `@RunWorkflow()` wrote on a handler. */
export interface RunWorkflowRoute {
  readonly ref: WorkflowReference;
  /** Milliseconds. */
  readonly wait: number;
}

/** What a wrapped handler gives the interceptor: the input, seen after the pipes. */
export class WorkflowInputOf {
  constructor(readonly input: unknown) {}
}
