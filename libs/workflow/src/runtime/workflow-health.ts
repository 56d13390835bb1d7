import { publicCause } from './public-cause.js';

/**
 * How the engine is.
 *
 * @publicApi
 */
export interface HealthReport {
  /** `degraded`: something does not work at the moment; nothing is lost, and the engine keeps trying. */
  readonly status: 'ok' | 'degraded';
  /**
   * What does not work, and why if it is known: `The database gives no work. It is read-only (25006).`
   * Codes of the database or of the network may be in it, but never what the driver said.
   */
  readonly reasons: readonly string[];
}

/**
 * Knows what of the engine does not work at the moment, for a health route.
 *
 * @example const { status, reasons } = health.report();
 * @publicApi
 */
export class WorkflowHealth {
  private readonly failing = new Map<string, string>();

  report(): HealthReport {
    const reasons = [...this.failing.values()];
    return { status: reasons.length === 0 ? 'ok' : 'degraded', reasons };
  }

  /** A part of the engine failed, and why. Returns whether that is news. */
  failed(part: string, reason: string, cause: unknown): boolean {
    const known = this.failing.has(part);
    this.failing.set(part, `${reason} ${publicCause(cause)}`.trimEnd());
    return !known;
  }

  /** A part of the engine works. */
  works(part: string): void {
    this.failing.delete(part);
  }
}
