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
    const stack = exception instanceof Error ? exception.stack : undefined;
    this.logger.error({ code: typeof code === 'string' ? code : 'INTERNAL_ERROR' }, stack);
  }
}
