import { milliseconds } from './duration.js';
import { isTablePrefix } from './persistence/table-names.js';
import { DEFAULT_PAYLOAD_LIMITS, type PayloadLimits } from './payload/payload-limits.js';
import { WorkflowException } from './result/workflow.exception.js';
import type { WorkflowModuleOptions } from './workflow-options.interface.js';

/** Options with their defaults filled in and their ranges checked. */
export interface WorkflowSettings {
  readonly database: string;
  readonly tablePrefix: string;
  readonly migrationsRun: boolean;
  readonly lockTimeout: number;
  readonly lease: number;
  readonly keyLifetime: number | undefined;
  readonly notifications: boolean;
  readonly connectTimeout: number;
  readonly payload: PayloadLimits;
  readonly concurrency: number;
  readonly parallelSteps: number;
  readonly worker: boolean;
  readonly pollInterval: number;
  readonly longestWaitInMemory: number;
  readonly drainTimeout: number;
  readonly globalEnhancers: boolean;
}

export function settingsOf(options: WorkflowModuleOptions, environment: string): WorkflowSettings {
  const { store = {}, limits = {}, tenancy } = options;
  const prefix = store.tablePrefix ?? '';
  if (!isTablePrefix(prefix)) {
    throw invalid('store.tablePrefix', prefix, 'at most 32 letters, digits and _');
  }
  if (
    tenancy?.trustUnauthenticatedSelectors &&
    environment === 'production' &&
    !tenancy.behindTrustedProxy
  ) {
    throw invalid(
      'tenancy.trustUnauthenticatedSelectors',
      true,
      'false in production, or state behindTrustedProxy: true',
    );
  }
  return {
    database: store.database ?? '.luxgen/workflow.sqlite',
    tablePrefix: prefix,
    migrationsRun: store.migrationsRun ?? true,
    lockTimeout: milliseconds(store.lockTimeout ?? '10s', 'store.lockTimeout'),
    keyLifetime:
      store.idempotencyKeyLifetime === undefined
        ? undefined
        : milliseconds(store.idempotencyKeyLifetime, 'store.idempotencyKeyLifetime'),
    lease: atLeast(1_000, milliseconds(store.lease ?? '15s', 'store.lease'), 'store.lease'),
    notifications: store.notifications ?? true,
    connectTimeout: milliseconds(store.connectTimeout ?? '30s', 'store.connectTimeout'),
    payload: {
      bytes: count(limits.payloadBytes, DEFAULT_PAYLOAD_LIMITS.bytes, 'limits.payloadBytes'),
      depth: count(limits.payloadDepth, DEFAULT_PAYLOAD_LIMITS.depth, 'limits.payloadDepth'),
      keys: count(limits.payloadKeys, DEFAULT_PAYLOAD_LIMITS.keys, 'limits.payloadKeys'),
    },
    concurrency: count(limits.concurrency, 100, 'limits.concurrency'),
    parallelSteps: count(limits.parallelSteps, 16, 'limits.parallelSteps'),
    worker: options.worker ?? true,
    pollInterval: atLeast(
      10,
      milliseconds(options.pollInterval ?? '1s', 'pollInterval'),
      'pollInterval',
    ),
    longestWaitInMemory: milliseconds(options.longestWaitInMemory ?? '5s', 'longestWaitInMemory'),
    drainTimeout: milliseconds(options.drainTimeout ?? '10s', 'drainTimeout'),
    globalEnhancers: options.globalEnhancers ?? false,
  };
}

function count(value: number | undefined, fallback: number, option: string): number {
  if (value === undefined) return fallback;
  if (Number.isInteger(value) && value >= 1) return value;
  throw invalid(option, value, 'a whole number of 1 or more');
}

function atLeast(lowest: number, value: number, option: string): number {
  if (value >= lowest) return value;
  throw invalid(option, value, `${lowest} milliseconds or more`);
}

const invalid = (option: string, value: unknown, range: string): WorkflowException =>
  new WorkflowException(
    'MODULE_OPTION_INVALID',
    `${option}: "${String(value)}" is not allowed. Use ${range}.`,
  );

/** Token of the {@link WorkflowSettings}. */
export const WORKFLOW_SETTINGS = Symbol('WORKFLOW_SETTINGS');
