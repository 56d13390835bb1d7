import { toJsonView } from '../payload/json-view.js';
import { catalogueEntry } from '../result/error-catalogue.js';
import type { WorkflowError } from '../result/workflow-error.js';
import type { WorkflowMetadata, WorkflowResult } from '../result/workflow-result.js';

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
      attempts:
        step.status === 'completed' || step.status === 'failed'
          ? step.retryCount + 1
          : step.retryCount,
      ...(step.reason === undefined ? {} : { reason: step.reason }),
    })),
    tenantContext: {
      tenantId: tenantContext.tenantId,
      tenantSlug: tenantContext.tenantSlug,
      tenantName: tenantContext.tenantName,
    },
  };
}

/** An error without words of unknown origin: those may quote SQL, paths or secrets. */
export function publicError(error: WorkflowError): WorkflowError {
  const known = catalogueEntry(error.code);
  if (!known?.concealed) return error;
  const { code, stepId, retryable, timestamp } = error;
  return {
    code,
    message: known.title,
    ...(stepId === undefined ? {} : { stepId }),
    retryable,
    timestamp,
  };
}

/** What of a result a response shows. */
export function httpEnvelope(result: WorkflowResult<unknown>): Record<string, unknown> {
  const { data, errors, metadata, ...rest } = result;
  return {
    ...rest,
    ...(result.success || data !== undefined ? { data: toJsonView(data ?? null) } : {}),
    ...(errors && errors.length > 0 ? { errors: errors.map(publicError) } : {}),
    // A handler may return an envelope with metadata of its own making.
    ...(metadata && Array.isArray(metadata.steps) && metadata.tenantContext
      ? { metadata: publicMetadata(metadata) }
      : {}),
  };
}
