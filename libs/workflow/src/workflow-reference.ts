import type { StepOutputType } from './decorators/step-parameters.decorator.js';
import type { WorkflowClass } from './decorators/workflow.decorator.js';

/**
 * Names a workflow: its class, or its id.
 *
 * @publicApi
 */
export type WorkflowReference = WorkflowClass | string;

/**
 * Type of the data of a workflow's result: what the step named by the class's `output` returns.
 *
 * @publicApi
 */
export type WorkflowData<R> = R extends {
  readonly output: infer O;
  readonly prototype: infer W;
}
  ? O extends keyof W
    ? StepOutputType<W[O]>
    : Record<string, unknown>
  : Record<string, unknown>;
