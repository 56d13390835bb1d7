import type { TenantConfiguration } from '../context/tenant-configuration.js';

/** Where the engine asks who a tenant is. */
export abstract class TenantProfiles {
  /** Nothing when there is no such tenant. */
  abstract profile(tenantId: string): Promise<TenantConfiguration | undefined>;
}

/** Opens the surroundings in which the code of a step runs: its tenant. */
export abstract class TenantScopes {
  abstract runAs<T>(
    tenant: TenantConfiguration,
    principal: {
      userId?: string | undefined;
      userRole?: string | undefined;
      userPermissions: readonly string[];
    },
    work: () => T,
  ): T;
}

/** One thing an operator should know; never glued from user data. */
export interface EngineEvent {
  readonly code: string;
  readonly message: string;
  readonly tenantId?: string;
  readonly executionId?: string;
  readonly stepId?: string;
  readonly reason?: string;
  readonly cause?: unknown;
}

/** Where the engine tells operators what went wrong. */
export abstract class EngineLog {
  /** Something an operator may have to act on. */
  abstract warn(event: EngineEvent): void;
  /** Something an operator may want to know. */
  abstract note(event: EngineEvent): void;
}

/** Encodes what must outlive the process. */
export abstract class Codec {
  abstract encode(value: unknown): string;
  abstract decode(text: string): unknown;
}
