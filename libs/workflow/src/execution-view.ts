import type { ExecutionSnapshot } from './engine/execution-snapshot.js';
import type { ResultAssembler } from './engine/result-assembler.js';
import type { WorkflowExecution } from './workflow-execution.js';

/**
 * An execution as its tenant may see it.
 *
 * @param running ids of its steps that run in this process
 */
export function executionView(
  snapshot: ExecutionSnapshot,
  assembler: ResultAssembler,
  workflow: Parameters<ResultAssembler['steps']>[1],
  running: ReadonlySet<string> | undefined,
): WorkflowExecution {
  const results = assembler.steps(snapshot, workflow, running);
  const current = results.find(({ status }) => status === 'running');
  const { userId, reason, finishedAt } = snapshot;
  return {
    id: snapshot.executionId,
    workflowId: snapshot.workflowId,
    workflowVersion: snapshot.workflowVersion,
    tenantId: snapshot.tenantId,
    ...(userId === undefined ? {} : { userId }),
    status: snapshot.status,
    ...(reason === undefined ? {} : { reason }),
    startTime: new Date(snapshot.createdAt),
    ...(finishedAt === undefined ? {} : { endTime: new Date(finishedAt) }),
    ...(current ? { currentStep: current.stepId } : {}),
    results,
    errors: assembler.errors(snapshot),
    degraded: snapshot.degraded,
    metadata: assembler.startMetadata(snapshot),
  };
}
