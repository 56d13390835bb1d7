import type { TenantConfiguration } from '../context/tenant-configuration.js';

/** The tenant of an application that configured none. */
export const SINGLE_TENANT: TenantConfiguration = Object.freeze({
  id: 'default',
  slug: 'default',
  name: 'Default',
  features: [],
  limits: {},
  branding: {},
  security: { encryptionEnabled: false },
  dataRetention: {},
});
