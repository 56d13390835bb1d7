import { Injectable, type NestMiddleware } from '@nestjs/common';
import { requestKey, type TenantRequest } from './tenant-request.js';
import { TenantScope } from './tenant-scope.js';

/** Opens the empty tenant scope of a request; a guard or the first use of the manager resolves it. */
@Injectable()
export class TenantContextMiddleware implements NestMiddleware {
  constructor(private readonly scope: TenantScope) {}

  use(request: TenantRequest, response: unknown, next: () => void): void {
    this.scope.runForRequest(requestKey(request), { request, response }, next);
  }
}
