import { HttpException } from '@nestjs/common';
import { catalogueEntry, ERROR_CATALOGUE, type ErrorCode } from '../result/error-catalogue.js';
import { workflowErrorOf } from '../result/refusal.js';
import { createErrorResult, isWorkflowResult } from '../result/result-builders.js';
import { createWorkflowError } from '../result/create-workflow-error.js';
import { isDeliberateFailure, isWorkflowException } from '../result/workflow.exception.js';
import type { WorkflowResult } from '../result/workflow-result.js';
import { httpEnvelope } from './http-envelope.js';
import { sendableStatus } from './response-status.js';

/** A response to an error: its status and its body. */
export interface ErrorResponse {
  readonly statusCode: number;
  readonly envelope: Record<string, unknown>;
  /** The error was foreseen: there is nothing for an operator to look at. */
  readonly expected: boolean;
}

/** Codes of statuses that Nest and its platforms answer with by themselves. */
const CODE_OF_STATUS: Readonly<Record<number, ErrorCode>> = {
  400: 'REQUEST_INVALID',
  401: 'AUTH_REQUIRED',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  413: 'PAYLOAD_TOO_LARGE',
  422: 'INPUT_INVALID',
};

/** The envelope of anything that was thrown. Never shows a stack, SQL or words of unknown origin. */
export function errorResponse(thrown: unknown): ErrorResponse {
  if (isWorkflowException(thrown)) {
    const { code, message, statusCode } = thrown;
    const entry = catalogueEntry(code);
    const shown = entry?.concealed ? entry.title : message;
    return respond(
      createErrorResult(shown, [workflowErrorOf(thrown)], statusCode),
      statusCode < 500,
    );
  }
  if (isDeliberateFailure(thrown)) {
    const { code, message, details, statusCode, retryable } = thrown;
    const error = createWorkflowError(code, message, details, undefined, retryable);
    return respond(createErrorResult(message, [error], statusCode), true);
  }
  const http = fromHttpException(thrown) ?? fromPlatform(thrown);
  if (http) return http;
  const { title, status } = ERROR_CATALOGUE.INTERNAL_ERROR;
  const error = createWorkflowError('INTERNAL_ERROR', title, undefined, undefined, false);
  return respond(createErrorResult(title, [error], status), false);
}

/** Recognised by shape: the class may come from another copy of Nest. */
function fromHttpException(thrown: unknown): ErrorResponse | undefined {
  if (!(thrown instanceof Error)) return undefined;
  const exception = thrown as Partial<HttpException> & Error;
  if (typeof exception.getStatus !== 'function' || typeof exception.getResponse !== 'function') {
    return undefined;
  }
  const statusCode = exception.getStatus();
  const body: unknown = exception.getResponse();
  if (isWorkflowResult(body)) return respond({ ...body, statusCode }, true);
  const code = CODE_OF_STATUS[statusCode] ?? `HTTP_${statusCode}`;
  const listed = details(body);
  // A pipe that lists what is wrong gives a message that says no more than the status.
  const message = listed ? catalogueEntry(code)?.title : undefined;
  return foreseen(code, message ?? exception.message, statusCode, listed);
}

/**
 * Errors of body parsers, by the marks of `http-errors` and Fastify. A bare status is none: clients of
 * other servers put the status those answered with on their errors, and that is not ours to answer.
 */
function fromPlatform(thrown: unknown): ErrorResponse | undefined {
  if (!(thrown instanceof Error)) return undefined;
  const { statusCode, expose } = thrown as { statusCode?: unknown; expose?: unknown };
  if (typeof expose !== 'boolean' && thrown.name !== 'FastifyError') return undefined;
  if (typeof statusCode !== 'number' || statusCode < 400 || statusCode >= 500) return undefined;
  const code = CODE_OF_STATUS[statusCode] ?? 'REQUEST_INVALID';
  return foreseen(code, ERROR_CATALOGUE[code].title, statusCode, undefined);
}

function foreseen(
  code: string,
  message: string,
  statusCode: number,
  details: Record<string, unknown> | undefined,
): ErrorResponse {
  const error = createWorkflowError(code, message, details, undefined, statusCode >= 500);
  return respond(createErrorResult(message, [error], statusCode), true);
}

/** The list of messages that a validation pipe leaves in its exception. */
function details(body: unknown): Record<string, unknown> | undefined {
  const messages = (body as { message?: unknown } | null)?.message;
  return Array.isArray(messages) ? { messages } : undefined;
}

function respond(result: WorkflowResult<unknown>, expected: boolean): ErrorResponse {
  const statusCode = sendableStatus(result.statusCode);
  return { statusCode, envelope: httpEnvelope({ ...result, statusCode }), expected };
}
