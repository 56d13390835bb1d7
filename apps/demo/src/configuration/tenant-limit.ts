import type { TenantConfiguration } from '@luxgen/workflow';

/** How many of something a tenant may have; without a limit, as many as it likes. */
export const limitOf = (
  { limits }: TenantConfiguration,
  limit: 'maxUsers' | 'maxJobPosts',
): number => limits[limit] ?? Number.POSITIVE_INFINITY;
