import { Catch, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { errorResponse } from './error-envelope.js';

/**
 * Answers every error with an envelope whose `statusCode` is the HTTP status. `@RunWorkflow()`
 * routes have it; bind it to others, or to the application as `APP_FILTER`, so that unreadable
 * bodies and unknown routes are answered alike.
 *
 * @publicApi
 */
@Catch()
export class WorkflowExceptionFilter implements ExceptionFilter {
  private readonly logger = new Logger(WorkflowExceptionFilter.name);

  constructor(private readonly adapterHost: HttpAdapterHost) {}

  catch(exception: unknown, host: ArgumentsHost): unknown {
    if (host.getType() !== 'http') throw exception;
    const { statusCode, envelope, expected } = errorResponse(exception);
    if (!expected) this.log(exception);
    const response = host.switchToHttp().getResponse<unknown>();
    const { httpAdapter } = this.adapterHost;
    if (httpAdapter.isHeadersSent(response)) {
      httpAdapter.end(response);
      return undefined;
    }
    httpAdapter.reply(response, envelope, statusCode);
    return undefined;
  }

  private log(exception: unknown): void {
    const { code } = (exception ?? {}) as { code?: unknown };
    const stack = exception instanceof Error ? printableStack(exception) : undefined;
    this.logger.error({ code: typeof code === 'string' ? code : 'INTERNAL_ERROR' }, stack);
  }
}

/** What would make lines of its own in a log, or make a terminal do something. */
const UNPRINTABLE =
  // oxlint-disable-next-line no-control-regex
  /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

const printable = (text: string): string =>
  text.replaceAll(
    UNPRINTABLE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** The frames stay lines; the message may quote what a client sent. */
function printableStack({ message, stack = '' }: Error): string {
  const start = stack.indexOf(message);
  const end = start + message.length;
  return start < 0 ? printable(stack) : printable(stack.slice(0, end)) + stack.slice(end);
}
