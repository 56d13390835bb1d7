import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { TenantResolver } from './tenant-resolver.js';
import type { TenantRequest } from './tenant-request.js';

/**
 * Resolves the tenant of a request and refuses the request without one. Bind it after the guard
 * that authenticates, because it believes what that guard left in `request.user`.
 *
 * Sets `request.tenantId`, `request.tenantSlug` and `request.tenant`.
 *
 * @publicApi
 */
@Injectable()
export class TenantGuard implements CanActivate {
  constructor(private readonly resolver: TenantResolver) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() !== 'http') return true;
    const http = context.switchToHttp();
    await this.resolver.resolve(http.getRequest<TenantRequest>(), http.getResponse());
    return true;
  }
}
