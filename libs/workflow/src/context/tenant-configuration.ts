/**
 * What a tenant may use. Users add limits of their own.
 *
 * @publicApi
 */
export interface TenantLimits {
  /** Count. */
  maxUsers?: number;
  /** Bytes. */
  maxStorage?: number;
  /** Count. */
  maxApiCalls?: number;
  /** Count. */
  maxConcurrentSessions?: number;
  /** Days. */
  dataRetentionDays?: number;
  [limit: string]: number | undefined;
}

/** @publicApi */
export interface TenantBranding {
  /** Hex colour. */
  primaryColor?: string;
  /** Hex colour. */
  secondaryColor?: string;
  /** URL. */
  logo?: string;
  customCss?: string;
  customDomain?: string;
}

/** @publicApi */
export interface PasswordPolicy {
  /** Characters. */
  minLength: number;
  requireUppercase: boolean;
  requireLowercase: boolean;
  requireNumbers: boolean;
  requireSpecialChars: boolean;
  /** Days. */
  maxAge: number;
}

/** @publicApi */
export interface TenantSecurity {
  encryptionEnabled: boolean;
  ssoEnabled?: boolean;
  mfaRequired?: boolean;
  /** Never part of a response. */
  passwordPolicy?: PasswordPolicy;
  /** Seconds. */
  sessionTimeout?: number;
}

/**
 * How long data is kept, in days.
 *
 * @publicApi
 */
export interface DataRetentionPolicy {
  userData?: number;
  activityLogs?: number;
  auditLogs?: number;
  temporaryData?: number;
  backupRetention?: number;
}

/**
 * A tenant: who it is and what it may use.
 *
 * @publicApi
 */
export interface TenantConfiguration {
  /** Key of every row of the tenant; 1 to 63 characters of `a-z 0-9 -`, or a UUID. Never reused. */
  id: string;
  /** Name in URLs and headers; the same alphabet. */
  slug: string;
  name: string;
  domain?: string;
  features: string[];
  limits: TenantLimits;
  branding: TenantBranding;
  security: TenantSecurity;
  dataRetention: DataRetentionPolicy;
}

/**
 * The part of a tenant that a result carries.
 *
 * @publicApi
 */
export interface TenantContext {
  tenantId: string;
  tenantSlug: string;
  tenantName: string;
  features: string[];
  limits: TenantLimits;
  security: Omit<TenantSecurity, 'passwordPolicy'>;
}

/** What a result says about its tenant. */
export function tenantContextOf(tenant: TenantConfiguration): TenantContext {
  const { passwordPolicy: _kept, ...security } = tenant.security;
  return {
    tenantId: tenant.id,
    tenantSlug: tenant.slug,
    tenantName: tenant.name,
    features: [...tenant.features],
    limits: { ...tenant.limits },
    security,
  };
}
