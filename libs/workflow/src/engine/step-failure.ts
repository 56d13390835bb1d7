import type { StepUsage } from '../context/performance-metrics.js';
import { isWorkflowResult } from '../result/result-builders.js';
import type { WorkflowError } from '../result/workflow-error.js';
import { isDeliberateFailure, isWorkflowException } from '../result/workflow.exception.js';

/** Why an attempt failed: what callers are told, and what the journal keeps for operators. */
export interface StepFailure {
  readonly errors: readonly WorkflowError[];
  readonly statusCode: number;
  readonly retryable: boolean;
}

/** The attempts of a step that have failed. */
export interface FailedBefore {
  readonly attempts: number;
  /** Of the last one. */
  readonly failure: StepFailure;
  /** What they used in this process, for the next one to add to. */
  readonly usage: StepUsage;
}

/** What the author of an error meant by it, as far as the error says. */
interface Reading {
  readonly code: string;
  readonly message: string;
  readonly statusCode: number;
  readonly retryable: boolean;
  readonly details?: Record<string, unknown> | undefined;
}

/** Statuses of a refused request that may be accepted later. */
const TRANSIENT_STATUSES = new Set([408, 425, 429]);

/**
 * Reads whatever a step threw. Only errors whose author chose the words for a caller keep their
 * message under a code of their own; everything else is `STEP_FAILED`, whose message never leaves
 * the process through HTTP.
 */
export function failureOf(thrown: unknown, stepId: string, at: Date): StepFailure {
  const declared = declaredErrors(thrown, stepId, at);
  if (declared) return declared;
  const reading = safely(() => read(thrown)) ?? unexpected(thrown);
  return {
    errors: [
      {
        code: reading.code,
        message: clipped(reading.message),
        ...(reading.details ? { details: reading.details } : {}),
        stepId,
        retryable: reading.retryable,
        timestamp: at,
      },
    ],
    statusCode: reading.statusCode,
    retryable: reading.retryable,
  };
}

/** The failure a step reported by returning `success: false`. */
export function reportedFailure(
  result: {
    message: string;
    errors?: WorkflowError[] | undefined;
    statusCode?: number | undefined;
  },
  stepId: string,
  at: Date,
): StepFailure {
  const reported: readonly unknown[] = Array.isArray(result.errors) ? result.errors : [];
  const errors = reported.map((error) => reportedError(error, stepId, at));
  return {
    errors: errors.length > 0 ? errors : [reportedError({ message: result.message }, stepId, at)],
    statusCode: errorStatus(result.statusCode),
    // Only a failure that says so is repeated; silence is a no.
    retryable: errors.length > 0 && errors.every(({ retryable }) => retryable),
  };
}

/** The fields of an error and no others: what else a step put there may not be storable. */
function reportedError(reported: unknown, stepId: string, at: Date): WorkflowError {
  const error = (
    typeof reported === 'object' && reported !== null ? reported : { message: reported }
  ) as { readonly [K in keyof WorkflowError]?: unknown };
  const { details } = error;
  return {
    code: typeof error.code === 'string' ? error.code : 'STEP_REPORTED_FAILURE',
    message: clipped(String(error.message)),
    ...(isRecord(details) ? { details } : {}),
    stepId: typeof error.stepId === 'string' ? error.stepId : stepId,
    retryable: error.retryable === true,
    timestamp: error.timestamp instanceof Date ? error.timestamp : at,
  };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

/** A result with `success: false` means the same whether it is returned or thrown. */
function declaredErrors(thrown: unknown, stepId: string, at: Date): StepFailure | undefined {
  return safely(() =>
    isWorkflowResult(thrown) && !thrown.success ? reportedFailure(thrown, stepId, at) : undefined,
  );
}

function read(thrown: unknown): Reading {
  if (isWorkflowException(thrown) || isDeliberateFailure(thrown)) {
    const { code, message, statusCode, retryable, details } = thrown;
    return { code, message, statusCode: errorStatus(statusCode), retryable, details };
  }
  const http = httpException(thrown);
  if (http) return http;
  const error = workflowErrorLike(thrown);
  if (error) return { ...error, statusCode: 500 };
  return unexpected(thrown);
}

/** Nest's HttpException, recognised by shape: the class may come from another copy of Nest. */
function httpException(thrown: unknown): Reading | undefined {
  if (!(thrown instanceof Error)) return undefined;
  const candidate = thrown as Error & { getStatus?: unknown; getResponse?: unknown };
  if (typeof candidate.getStatus !== 'function' || typeof candidate.getResponse !== 'function') {
    return undefined;
  }
  const status = errorStatus(candidate.getStatus() as number);
  const response: unknown = candidate.getResponse();
  const details = responseDetails(response);
  return {
    code: `HTTP_${status}`,
    message: thrown.message,
    statusCode: status,
    retryable: status >= 500 || TRANSIENT_STATUSES.has(status),
    details,
  };
}

function responseDetails(response: unknown): Record<string, unknown> | undefined {
  if (typeof response !== 'object' || response === null) return undefined;
  const { message } = response as { message?: unknown };
  return Array.isArray(message) ? { messages: message } : undefined;
}

/** What `createWorkflowError()` makes, when it is thrown. */
function workflowErrorLike(thrown: unknown): Omit<Reading, 'statusCode'> | undefined {
  if (typeof thrown !== 'object' || thrown === null || thrown instanceof Error) return undefined;
  const { code, message, retryable, details } = thrown as Partial<WorkflowError>;
  return typeof code === 'string' && typeof message === 'string' && typeof retryable === 'boolean'
    ? { code, message, retryable, details }
    : undefined;
}

function unexpected(thrown: unknown): Reading {
  const retryable =
    (safely(() => (thrown as { retryable?: unknown } | null | undefined)?.retryable) ?? true) !==
    false;
  return { code: 'STEP_FAILED', message: describe(thrown), statusCode: 500, retryable };
}

/** Longest text an error keeps in the journal, in characters. */
const LONGEST_MESSAGE = 4_000;

function describe(thrown: unknown): string {
  return (
    safely(() =>
      thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : `Thrown: ${String(thrown)}`,
    ) ?? 'Thrown: a value that cannot be read'
  );
}

const clipped = (text: string): string => text.slice(0, LONGEST_MESSAGE);

const errorStatus = (status: number | undefined): number =>
  Number.isInteger(status) && Number(status) >= 400 && Number(status) <= 599 ? Number(status) : 500;

/** A thrown value may be hostile: its getters and `toString` may throw in turn. */
function safely<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
