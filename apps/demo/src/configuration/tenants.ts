import type { TenantConfiguration } from '@luxgen/workflow';

const ONE_GIGABYTE = 1_000_000_000;

const LUXGEN: TenantConfiguration = {
  id: 'luxgen',
  slug: 'luxgen',
  name: 'LuxGen',
  domain: 'luxgen.example',
  features: ['user-management', 'job-posting', 'feed-management', 'analytics', 'reporting'],
  limits: {
    maxUsers: 1000,
    maxJobPosts: 100,
    maxStorage: ONE_GIGABYTE,
    maxApiCalls: 10_000,
    maxConcurrentSessions: 100,
    dataRetentionDays: 365,
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
};

/** A trial customer: two job posts are all it gets, so that its limit is easily seen. */
const DEMO: TenantConfiguration = {
  ...LUXGEN,
  id: 'demo',
  slug: 'demo',
  name: 'Demo Company',
  domain: 'demo.example',
  features: ['user-management', 'job-posting'],
  limits: {
    maxUsers: 50,
    maxJobPosts: 2,
    maxStorage: ONE_GIGABYTE / 10,
    maxApiCalls: 1000,
    maxConcurrentSessions: 10,
    dataRetentionDays: 30,
  },
};

export const TENANTS: readonly TenantConfiguration[] = [LUXGEN, DEMO];
