import { toJsonView } from '../payload/json-view.js';
import { catalogueEntry } from '../result/error-catalogue.js';
import type { WorkflowError } from '../result/workflow-error.js';

/**
 * An error as responses show it: its own fields and no others that came along, and no words of
 * unknown origin, because those may quote SQL, paths or secrets.
 */
export function publicError(error: WorkflowError): Record<string, unknown> {
  const { code, message, details, stepId, retryable, timestamp } = error;
  const entry = catalogueEntry(code);
  const shown = entry?.concealed
    ? { message: entry.title }
    : { message, ...(details === undefined ? {} : { details: toJsonView(details) }) };
  return { code, ...shown, ...(stepId === undefined ? {} : { stepId }), retryable, timestamp };
}
