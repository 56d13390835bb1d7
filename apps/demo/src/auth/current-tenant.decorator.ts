import { createParamDecorator } from '@nestjs/common';
import type { TenantConfiguration } from '@luxgen/workflow';

/** The tenant that `TenantGuard` resolved for the request. */
export const CurrentTenant = createParamDecorator(
  (_data: unknown, context): TenantConfiguration =>
    context.switchToHttp().getRequest<{ tenant: TenantConfiguration }>().tenant,
);
