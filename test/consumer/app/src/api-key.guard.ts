import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { UnauthorizedException } from '@nestjs/common';
import { createHash, timingSafeEqual } from 'node:crypto';
import { TENANT_IDS } from './tenants.js';

export interface AuthenticatedRequest {
  readonly headers: Record<string, string | string[] | undefined>;
  user: { id: string; tenantId: string; role: string };
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Each tenant's key comes from the environment, as in `API_KEY_NORTH`. */
@Injectable()
export class ApiKeyGuard implements CanActivate {
  private readonly keys = TENANT_IDS.map((tenantId) => {
    const key = process.env[`API_KEY_${tenantId.toUpperCase()}`];
    if (!key) throw new Error(`API_KEY_${tenantId.toUpperCase()} is not set`);
    return { tenantId, digest: digest(key) };
  });

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const presented = digest(String(request.headers['x-api-key'] ?? ''));
    const owner = this.keys.find((key) => timingSafeEqual(key.digest, presented));
    if (!owner) throw new UnauthorizedException('A valid x-api-key header is needed');
    request.user = { id: `owner-of-${owner.tenantId}`, tenantId: owner.tenantId, role: 'user' };
    return true;
  }
}
