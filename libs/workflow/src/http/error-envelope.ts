import { HttpException } from '@nestjs/common';
import { ERROR_CATALOGUE, type ErrorCode } from '../result/error-catalogue.js';
import { workflowErrorOf } from '../result/refusal.js';
import { createErrorResult, isWorkflowResult } from '../result/result-builders.js';
import { createWorkflowError } from '../result/create-workflow-error.js';
import { isDeliberateFailure, isWorkflowException } from '../result/workflow.exception.js';
import type { WorkflowResult } from '../result/workflow-result.js';
import { httpEnvelope } from './http-envelope.js';

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
    return respond(
      createErrorResult(thrown.message, [workflowErrorOf(thrown)], thrown.statusCode),
      thrown.statusCode < 500,
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
  return foreseen(code, exception.message, statusCode, details(body));
}

/** Errors of body parsers, which carry a status and say nothing that was not sent by the client. */
function fromPlatform(thrown: unknown): ErrorResponse | undefined {
  const { statusCode, status } = (thrown ?? {}) as { statusCode?: unknown; status?: unknown };
  const found = [statusCode, status].find(
    (candidate): candidate is number =>
      typeof candidate === 'number' && candidate >= 400 && candidate < 500,
  );
  if (found === undefined) return undefined;
  const code = CODE_OF_STATUS[found] ?? 'REQUEST_INVALID';
  return foreseen(code, ERROR_CATALOGUE[code].title, found, undefined);
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

const respond = (result: WorkflowResult<unknown>, expected: boolean): ErrorResponse => ({
  statusCode: result.statusCode ?? 500,
  envelope: httpEnvelope(result),
  expected,
});
