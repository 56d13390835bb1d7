import type {
  WorkflowDefinition,
  WorkflowManager,
  WorkflowOutcome,
  WorkflowStep,
  WorkflowStepHandler,
} from '@luxgen/workflow';

/** A step of a definition written by hand. */
export const step = (
  id: string,
  handler: WorkflowStepHandler,
  options: Partial<WorkflowStep> = {},
): WorkflowStep => ({ id, handler, ...options });

/** A definition written by hand whose failures are final unless the options say otherwise. */
export const workflow = (
  id: string,
  steps: readonly WorkflowStep[],
  options: Partial<WorkflowDefinition> = {},
): WorkflowDefinition => ({
  id,
  version: '1.0.0',
  steps,
  errorHandling: { strategy: 'retry', maxRetries: 0 },
  ...options,
});

/** Registers a definition and runs it once for the tenant `acme`. */
export function runOnce(
  manager: WorkflowManager,
  definition: WorkflowDefinition,
  input?: unknown,
): Promise<WorkflowOutcome<Record<string, unknown>>> {
  manager.registerWorkflow({}, definition);
  return manager.runAsTenant('acme', () => manager.runWorkflow(definition.id, input));
}
