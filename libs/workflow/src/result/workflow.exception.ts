import { catalogueEntry, ERROR_CATALOGUE, type ErrorCode } from './error-catalogue.js';

const BRAND = Symbol.for('@luxgen/workflow:exception');

/** What a {@link WorkflowException} may carry beside its code and message. */
export interface WorkflowExceptionOptions {
  /** Facts a program can use; they reach HTTP responses. */
  readonly details?: Record<string, unknown>;
  /** @default false */
  readonly retryable?: boolean;
  readonly cause?: unknown;
}

/**
 * Base of every error this package throws. Nest's own exception filter answers with the right status
 * even where {@link WorkflowExceptionFilter} is not bound.
 *
 * @publicApi
 */
export class WorkflowException extends Error {
  readonly code: ErrorCode;
  readonly statusCode: number;
  readonly retryable: boolean;
  readonly details?: Record<string, unknown>;

  constructor(code: ErrorCode, message: string, options: WorkflowExceptionOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.statusCode = ERROR_CATALOGUE[code].status;
    this.retryable = options.retryable ?? false;
    if (options.details) this.details = options.details;
    Object.defineProperty(this, BRAND, { value: true });
  }

  /** With `expose` the mark by which Nest knows an error that carries its own status. */
  get status(): number {
    return this.statusCode;
  }

  /** Whether the message may reach clients. */
  get expose(): boolean {
    return this.statusCode < 500 && !catalogueEntry(this.code)?.concealed;
  }
}

/** Recognises a {@link WorkflowException} of any copy of this package. */
export const isWorkflowException = (value: unknown): value is WorkflowException =>
  typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[BRAND] === true;

/**
 * Throw it from a step to fail the step without further attempts.
 *
 * @example throw new NonRetryableError('The card is expired', { code: 'CARD_EXPIRED', statusCode: 402 });
 * @publicApi
 */
export class NonRetryableError extends Error {
  readonly retryable = false;
  readonly code: string;
  readonly statusCode: number;
  readonly details?: Record<string, unknown>;

  /**
   * @param message one sentence for a person; it reaches HTTP responses
   * @param options.code upper-case word, `STEP_REPORTED_FAILURE` by default
   * @param options.statusCode HTTP status of the failed execution, 400 to 599; 500 by default
   */
  constructor(
    message: string,
    options: {
      code?: string;
      statusCode?: number;
      details?: Record<string, unknown>;
      cause?: unknown;
    } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'NonRetryableError';
    this.code = options.code ?? 'STEP_REPORTED_FAILURE';
    this.statusCode = errorStatus(options.statusCode);
    if (options.details) this.details = options.details;
    Object.defineProperty(this, DELIBERATE, { value: true });
  }
}

/** A failure must not look like a success, nor like something no server could send. */
const errorStatus = (status = 500): number =>
  Number.isInteger(status) && status >= 400 && status <= 599 ? status : 500;

const DELIBERATE = Symbol.for('@luxgen/workflow:deliberate-failure');

/** Whether the author of the error chose its code and message for the eyes of a caller. */
export const isDeliberateFailure = (
  value: unknown,
): value is Error & {
  code: string;
  statusCode: number;
  retryable: boolean;
  details?: Record<string, unknown>;
} =>
  typeof value === 'object' &&
  value !== null &&
  (value as Record<symbol, unknown>)[DELIBERATE] === true;
