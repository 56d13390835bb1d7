import type { DataSource } from 'typeorm';
import type { Duration } from './duration.js';
import type { PayloadLimits } from './payload/payload-limits.js';
import type { TenancyOptions } from './tenancy/tenancy-options.js';

/**
 * Where executions are kept.
 *
 * @publicApi
 */
export interface WorkflowStoreOptions {
  /**
   * The DataSource to use, or the name it has in `TypeOrmModule`. Without it, and without
   * `database`: the application's default DataSource if there is one, else an embedded database.
   *
   * On PostgreSQL it connects directly at best: a pooler that shares connections by transaction keeps
   * neither subscriptions nor what bounds the waits of a session. Boot says so, or, where it refuses
   * them, fails with `SESSION_SETTINGS_REFUSED`.
   */
  dataSource?: DataSource | string;
  /**
   * File of an embedded database of the engine's own; `':memory:'` keeps nothing.
   *
   * @default '.luxgen/workflow.sqlite'
   */
  database?: string;
  /** Put before the name of each table; letters, digits and `_`. @default '' */
  tablePrefix?: string;
  /** Create and change our tables at boot. @default true */
  migrationsRun?: boolean;
  /** How long boot waits for a database file that another process holds. @default '10s' */
  lockTimeout?: Duration;
  /**
   * How long boot waits for a database server that does not answer, from its first refusal on; then
   * it fails with `STORE_UNAVAILABLE`. `0` fails at once.
   *
   * @default '30s'
   */
  connectTimeout?: Duration;
  /**
   * How long a worker owns an execution without a sign of life; then another worker takes over. At
   * least one second. A database used by one process has no leases.
   *
   * @default '15s'
   */
  lease?: Duration;
  /**
   * On PostgreSQL: tell the other processes of the database what ended and what waits, by `NOTIFY`
   * on a connection of its own. Without it, as behind a pooler that shares connections by
   * transaction, they find out by polling, up to a `pollInterval` later.
   *
   * @default true
   */
  notifications?: boolean;
  /**
   * How long, from the start of an execution on, its idempotency key belongs to it. After that a start
   * with the key makes another execution, once the first one has ended.
   *
   * @default as long as the execution is stored
   */
  idempotencyKeyLifetime?: Duration;
}

/**
 * Bounds of what one process does.
 *
 * @publicApi
 */
export interface WorkflowLimitOptions extends Partial<
  Record<'payloadBytes' | 'payloadDepth' | 'payloadKeys', number>
> {
  /** Bytes of one stored input or output. @default 4194304 */
  payloadBytes?: PayloadLimits['bytes'];
  /** Levels of nesting of one payload. @default 64 */
  payloadDepth?: PayloadLimits['depth'];
  /** Keys of one object of a payload. @default 10000 */
  payloadKeys?: PayloadLimits['keys'];
  /** Executions this process advances at a time; more wait in the database. @default 100 */
  concurrency?: number;
  /** Steps of one execution that run at a time. @default 16 */
  parallelSteps?: number;
}

/**
 * Options of `WorkflowModule.forRoot()`.
 *
 * @publicApi
 */
export interface WorkflowModuleOptions {
  /** Without it the application has one tenant, `default`. */
  tenancy?: TenancyOptions;
  store?: WorkflowStoreOptions;
  limits?: WorkflowLimitOptions;
  /** Whether this process advances executions; `false` only starts and reads them. @default true */
  worker?: boolean;
  /** How often a worker looks for due work that nobody told it of. @default '1s' */
  pollInterval?: Duration;
  /** An execution that waits for longer than this gives its slot back meanwhile. @default '5s' */
  longestWaitInMemory?: Duration;
  /** How long a shutdown waits for steps that run; then they are aborted and run again later. @default '10s' */
  drainTimeout?: Duration;
  /** Apply the application's global guards, interceptors, pipes and filters to steps too. @default false */
  globalEnhancers?: boolean;
}

/**
 * Options that decide which providers and routes there are, and so must be known at once.
 *
 * @publicApi
 */
export interface WorkflowModuleExtras {
  /** Provide `WorkflowManager` everywhere. @default true */
  isGlobal?: boolean;
  /** Path of the module's own routes; `false` for none. @default 'workflows' */
  path?: string | false;
}
