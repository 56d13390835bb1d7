import type { TenantConfiguration } from '../context/tenant-configuration.js';
import { frozenTenant } from './frozen-tenant.js';

/** The tenant of an application that configured none. */
export const SINGLE_TENANT: TenantConfiguration = frozenTenant({
  id: 'default',
  slug: 'default',
  name: 'Default',
  features: [],
  limits: {},
  branding: {},
  security: { encryptionEnabled: false },
  dataRetention: {},
});
