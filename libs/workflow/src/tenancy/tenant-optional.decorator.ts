import { SetMetadata, type CustomDecorator } from '@nestjs/common';

export const TENANT_OPTIONAL_METADATA = 'luxgen:tenant-optional';

/**
 * A route, or a controller, that {@link TenantGuard} lets pass without a tenant, such as a health
 * route of an application that binds the guard to everything.
 *
 * @publicApi
 */
export const TenantOptional = (): CustomDecorator => SetMetadata(TENANT_OPTIONAL_METADATA, true);
