import type { UsageMeter } from '../context/usage-meter.js';
import type { EngineLog } from '../engine/engine.port.js';
import type { Clock } from '../runtime/clock.js';
import type { Random } from '../runtime/random.js';
import type { WorkflowHealth } from '../runtime/workflow-health.js';

/** How to open the store. */
export interface StoreSettings {
  readonly database: string;
  readonly tablePrefix: string;
  readonly migrationsRun: boolean;
  /** Milliseconds. */
  readonly lockTimeout: number;
  /** Milliseconds. */
  readonly lease: number;
  /** Milliseconds. */
  readonly connectTimeout: number;
  readonly notifications: boolean;
  /** Milliseconds; absent when idempotency keys do not expire. */
  readonly keyLifetime: number | undefined;
}

/** What the store needs from outside. */
export interface StoreServices {
  readonly clock: Clock;
  readonly random: Random;
  readonly meter: UsageMeter;
  readonly log: EngineLog;
  readonly health: WorkflowHealth;
}
