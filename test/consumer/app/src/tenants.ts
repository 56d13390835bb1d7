import type { TenantConfiguration } from '@luxgen/workflow';

export const TENANT_IDS = ['north', 'south'] as const;

const tenant = (id: string): TenantConfiguration => ({
  id,
  slug: id,
  name: `The ${id}`,
  features: ['user-management'],
  limits: {
    maxUsers: 50,
    maxStorage: 100_000,
    maxApiCalls: 1_000,
    maxConcurrentSessions: 10,
    dataRetentionDays: 30,
  },
  branding: { primaryColor: '#FF6B35', secondaryColor: '#2C3E50' },
  security: {
    encryptionEnabled: false,
    ssoEnabled: false,
    mfaRequired: false,
    sessionTimeout: 3600,
    passwordPolicy: {
      minLength: 8,
      requireUppercase: true,
      requireLowercase: true,
      requireNumbers: true,
      requireSpecialChars: true,
      maxAge: 90,
    },
  },
  dataRetention: {
    userData: 365,
    activityLogs: 90,
    auditLogs: 2555,
    temporaryData: 7,
    backupRetention: 30,
  },
});

export const TENANTS = TENANT_IDS.map(tenant);
