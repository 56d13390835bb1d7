import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { TENANT_OPTIONAL_METADATA } from './tenant-optional.decorator.js';
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
  constructor(
    private readonly resolver: TenantResolver,
    private readonly reflector: Reflector,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() !== 'http') return true;
    const isOptional = this.reflector.getAllAndOverride<boolean | undefined>(
      TENANT_OPTIONAL_METADATA,
      [context.getHandler(), context.getClass()],
    );
    if (isOptional) return true;
    const http = context.switchToHttp();
    await this.resolver.resolve(http.getRequest<TenantRequest>(), http.getResponse());
    return true;
  }
}
