import {
  HttpException,
  Injectable,
  StreamableFile,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { catchError, map, throwError, type Observable } from 'rxjs';
import { createSuccessResult, isWorkflowResult } from '../result/result-builders.js';
import { isWorkflowException } from '../result/workflow.exception.js';
import { requestKey, type TenantRequest } from '../tenancy/tenant-request.js';
import { TenantScope } from '../tenancy/tenant-scope.js';
import { errorResponse } from './error-envelope.js';
import { httpEnvelope } from './http-envelope.js';
import { statusOfResponse, statusOfResult } from './response-status.js';
import { takesOverResponse } from './route-metadata.js';

/**
 * Turns what a handler returns into a `WorkflowResult` envelope: a plain value becomes its `data`,
 * an envelope goes out as it is with its `statusCode` as HTTP status, and an error of this package
 * becomes an error envelope. When the handler found nothing because `WorkflowManager` found no such
 * execution, the answer is 404 `EXECUTION_NOT_FOUND`. Streams, buffers, server-sent events and
 * handlers that take `@Res()` are left alone.
 *
 * @publicApi
 */
@Injectable()
export class WorkflowResultInterceptor implements NestInterceptor {
  constructor(
    private readonly adapterHost: HttpAdapterHost,
    private readonly scope: TenantScope,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (context.getType() !== 'http' || takesOverResponse(context)) return next.handle();
    const http = context.switchToHttp();
    const request = http.getRequest<TenantRequest>();
    return next.handle().pipe(
      map((value) => {
        if (value === undefined) {
          const missing = this.scope.missingFor(requestKey(request));
          if (missing) throw missing;
        }
        return this.wrap(value, http.getResponse());
      }),
      catchError((error: unknown) => throwError(() => presentable(error))),
    );
  }

  private wrap(value: unknown, response: unknown): unknown {
    if (isBinary(value)) return value;
    if (!isWorkflowResult(value)) {
      const result = createSuccessResult(value ?? null);
      return httpEnvelope({ ...result, statusCode: statusOfResponse(response) });
    }
    const statusCode = statusOfResult(value, response);
    this.adapterHost.httpAdapter.status(response, statusCode);
    return httpEnvelope({ ...value, statusCode });
  }
}

const isBinary = (value: unknown): boolean =>
  value instanceof StreamableFile ||
  Buffer.isBuffer(value) ||
  value instanceof Uint8Array ||
  typeof (value as { pipe?: unknown } | null | undefined)?.pipe === 'function';

/** Our own errors become an HttpException with the envelope as body; filters see it like any other. */
function presentable(error: unknown): unknown {
  if (!isWorkflowException(error)) return error;
  const { envelope, statusCode } = errorResponse(error);
  return new HttpException(envelope, statusCode, { cause: error });
}
