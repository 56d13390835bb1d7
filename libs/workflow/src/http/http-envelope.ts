import { toJsonView } from '../payload/json-view.js';
import { isPlainObject } from '../payload/plain-object.js';
import { isWorkflowResult } from '../result/result-builders.js';
import type { WorkflowError } from '../result/workflow-error.js';
import type {
  WorkflowMetadata,
  WorkflowResult,
  WorkflowStepResult,
} from '../result/workflow-result.js';
import { isExecution, publicExecution } from './public-execution.js';
import { publicError } from './public-error.js';

/** The metadata that leaves the process: ids, times, names, statuses and counts. */
function publicMetadata(metadata: WorkflowMetadata): Record<string, unknown> {
  const { executionId, startTime, endTime, duration, workflowVersion, tenantContext } = metadata;
  return {
    executionId,
    workflowVersion,
    startTime,
    ...(endTime ? { endTime } : {}),
    ...(duration === undefined ? {} : { duration }),
    steps: metadata.steps.map((step) => ({
      stepId: step.stepId,
      stepName: step.stepName,
      status: step.status,
      ...(step.startTime ? { startTime: step.startTime } : {}),
      ...(step.endTime ? { endTime: step.endTime } : {}),
      ...(step.duration === undefined ? {} : { duration: step.duration }),
      attempts: attemptsOf(step),
      ...(step.reason === undefined ? {} : { reason: step.reason }),
    })),
    tenantContext: {
      tenantId: tenantContext.tenantId,
      tenantSlug: tenantContext.tenantSlug,
      tenantName: tenantContext.tenantName,
    },
  };
}

/** An envelope may pass here twice: on its route, and in an interceptor of the application. */
function attemptsOf(step: WorkflowStepResult & { attempts?: number }): number {
  if (step.attempts !== undefined) return step.attempts;
  const { status, retryCount } = step;
  return status === 'completed' || status === 'failed' ? retryCount + 1 : retryCount;
}

/** What of a result a response shows. */
export function httpEnvelope(result: WorkflowResult<unknown>): Record<string, unknown> {
  const { data, errors, metadata, ...rest } = result;
  return {
    ...(toJsonView(rest) as object),
    ...(result.success || data !== undefined ? { data: publicData(data ?? null) } : {}),
    ...publicErrors(errors),
    // A handler may return an envelope with metadata of its own making.
    ...(isOurs(metadata) ? { metadata: publicMetadata(metadata) } : {}),
  };
}

/** Data as responses show it: executions and results in it say no more than they do elsewhere. */
const publicData = (data: unknown): unknown => toJsonView(withoutInternals(data));

function withoutInternals(data: unknown): unknown {
  if (Array.isArray(data)) {
    const items = data.map(withoutInternals);
    return items.some((item, i) => item !== data[i]) ? items : data;
  }
  if (typeof data !== 'object' || data === null || !isPlainObject(data)) return data;
  if (isExecution(data)) return publicExecution(data);
  if (isWorkflowResult(data) && isOurs(data.metadata)) return httpEnvelope(data);
  const entries = Object.keys(data).map((key) => [key, withoutInternals(data[key])] as const);
  // Data that has nothing to hide is not copied.
  return entries.some(([key, value]) => value !== data[key]) ? Object.fromEntries(entries) : data;
}

function publicErrors(errors: unknown): { errors?: unknown } {
  if (errors === undefined || errors === null) return {};
  if (!Array.isArray(errors)) return { errors: toJsonView(errors) };
  if (errors.length === 0) return {};
  return {
    errors: errors.map((error) => (isError(error) ? publicError(error) : toJsonView(error))),
  };
}

const isOurs = (metadata: WorkflowMetadata | undefined): metadata is WorkflowMetadata =>
  Array.isArray(metadata?.steps) && metadata.tenantContext !== undefined;

const isError = (value: unknown): value is WorkflowError =>
  typeof (value as Partial<WorkflowError> | null | undefined)?.code === 'string';
