import type { CheckedWorkflow } from '../definition/checked-workflow.js';
import type { WorkflowError } from '../result/workflow-error.js';
import { encodeErrors } from './encoded-errors.js';
import type { Codec } from './engine.port.js';
import type { Departure, StepCheckpoint } from './journal.port.js';

/** How an execution ends once all its steps have settled. */
export function endOf(
  workflow: CheckedWorkflow,
  checkpoints: ReadonlyMap<string, StepCheckpoint>,
  codec: Codec,
): Extract<Departure, { kind: 'end' }> {
  const failed = workflow.steps.filter(({ id }) => checkpoints.get(id)?.status === 'failed');
  const errors = failed.flatMap(({ id }) => errorsOf(checkpoints.get(id), codec));
  const encodedErrors = errors.length > 0 ? encodeErrors(errors, codec) : undefined;
  // The first in definition order, not in time: a resumed execution ends like a fresh one.
  const fatal = failed.find(({ critical }) => critical);
  if (fatal) {
    return {
      kind: 'end',
      status: 'failed',
      errors: encodedErrors,
      statusCode: checkpoints.get(fatal.id)?.statusCode ?? 500,
      message: `Workflow "${workflow.id}" failed at step "${fatal.id}"`,
      degraded: false,
    };
  }
  const degraded = workflow.steps.some(({ id }) => checkpoints.get(id)?.status !== 'completed');
  return {
    kind: 'end',
    status: 'completed',
    output: outputOf(workflow, checkpoints),
    errors: encodedErrors,
    statusCode: 200,
    message: degraded
      ? `Workflow "${workflow.id}" completed without some of its steps`
      : `Workflow "${workflow.id}" completed`,
    degraded,
  };
}

const errorsOf = (checkpoint: StepCheckpoint | undefined, codec: Codec): WorkflowError[] =>
  checkpoint?.errors === undefined ? [] : (codec.decode(checkpoint.errors) as WorkflowError[]);

/**
 * The data of the result, put together from encoded outputs without decoding them. Ids of steps
 * have no character that JSON or the codec would escape.
 */
function outputOf(
  workflow: CheckedWorkflow,
  checkpoints: ReadonlyMap<string, StepCheckpoint>,
): string | undefined {
  const outputs = workflow.outputSteps.flatMap(({ id }) => {
    const output = checkpoints.get(id)?.output;
    return output === undefined ? [] : [{ id, output }];
  });
  if (workflow.singleOutput) return outputs[0]?.output;
  return `{${outputs.map(({ id, output }) => `${JSON.stringify(id)}:${output}`).join(',')}}`;
}
