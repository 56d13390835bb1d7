import type { TenantConfiguration } from '@luxgen/workflow';

/** A tenant with nothing special about it. */
export const tenant = (id: string): TenantConfiguration => ({
  id,
  slug: `${id}-slug`,
  name: `Tenant ${id}`,
  features: ['user-management'],
  limits: { maxUsers: 10 },
  branding: { primaryColor: '#FF6B35' },
  security: {
    encryptionEnabled: false,
    passwordPolicy: {
      minLength: 8,
      requireUppercase: true,
      requireLowercase: true,
      requireNumbers: true,
      requireSpecialChars: true,
      maxAge: 90,
    },
  },
  dataRetention: {},
});

export const ACME = tenant('acme');
export const GLOBEX = tenant('globex');
