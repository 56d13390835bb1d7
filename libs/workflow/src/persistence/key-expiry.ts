import type { ExecutionKey } from '../engine/journal.port.js';
import type { Clock } from '../runtime/clock.js';
import type { Query } from './store-connection.js';

/** The statements behind it; every dialect has them. */
export interface KeyExpiryStatements {
  readonly expireKey: string;
  readonly findKey: string;
}

/** Takes idempotency keys whose lifetime is over from their executions. */
export class KeyExpiry {
  constructor(
    private readonly sql: KeyExpiryStatements,
    private readonly clock: Clock,
  ) {}

  /**
   * @param lifetime milliseconds
   * @returns whether the execution has no key now
   */
  async expire(
    query: Query,
    { tenantId, executionId }: ExecutionKey,
    lifetime: number,
  ): Promise<boolean> {
    const expired = await query(this.sql.expireKey, [
      this.clock.databaseOffset(),
      tenantId,
      executionId,
      lifetime,
    ]);
    if (expired.length > 0) return true;
    // It was taken before, and another run has begun since; or nothing is left of the execution.
    return (await query(this.sql.findKey, [tenantId, executionId])).length === 0;
  }
}
