import {
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { Observable } from 'rxjs';
import { requestKey, type TenantRequest } from './tenant-request.js';
import { TenantScope } from './tenant-scope.js';

/**
 * Opens the scope again around the handler. Some platforms read the body after the middleware, in
 * an asynchronous context of their own, and the scope would be lost there.
 */
@Injectable()
export class TenantContextInterceptor implements NestInterceptor {
  constructor(private readonly scope: TenantScope) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (context.getType() !== 'http') return next.handle();
    const http = context.switchToHttp();
    const request = http.getRequest<TenantRequest>();
    const scoped = { request, response: http.getResponse<unknown>() };
    return new Observable((subscriber) =>
      this.scope.runForRequest(requestKey(request), scoped, () =>
        next.handle().subscribe(subscriber),
      ),
    );
  }
}
