import type { ExecutionSnapshot } from '../engine/execution-snapshot.js';
import type { ExecutionKey } from '../engine/journal.port.js';
import {
  ExecutionStore,
  type CancelOutcome,
  type ExecutionQuery,
  type RetryOutcome,
} from '../dispatch/execution-store.port.js';
import { ERROR_CATALOGUE } from '../result/error-catalogue.js';
import type { ExecutionStatus } from '../result/workflow-result.js';
import type { Clock } from '../runtime/clock.js';
import { KeyExpiry, type KeyExpiryStatements } from './key-expiry.js';
import type { Patience } from './patience.js';
import { checkpointOf, groupByExecution, snapshotOf } from './row-mapping.js';
import type { Query, Row, StoreConnection } from './store-connection.js';
import { unavailable } from './unavailable.js';

/** Milliseconds for which a fault of the moment is kept from whoever asks. */
const PATIENCE = 2_000;

/** The statements behind the store's reads and orders; every dialect has them. */
export interface ExecutionStatements extends KeyExpiryStatements {
  readonly findExecution: string;
  /** Of one tenant. */
  readonly findEndedExecutions: string;
  readonly checkpointsOf: string;
  readonly countByStatus: string;
  readonly deleteTask: string;
  readonly endExecution: string;
  readonly retryExecution: string;
  readonly createRetriedTask: string;
  /** A list has as many conditions as it has filters. */
  list(filter: ExecutionQuery): { readonly sql: string; readonly parameters: readonly unknown[] };
  /** A list of ids as one parameter. */
  ids(ids: readonly string[]): unknown;
}

/** Reads and orders of the manager, on any dialect. */
export class SqlExecutionStore extends ExecutionStore {
  private readonly keyExpiry: KeyExpiry;

  constructor(
    private readonly connection: StoreConnection,
    private readonly sql: ExecutionStatements,
    private readonly clock: Clock,
    private readonly patience: Patience,
  ) {
    super();
    this.keyExpiry = new KeyExpiry(sql, clock);
  }

  override find(key: ExecutionKey): Promise<ExecutionSnapshot | undefined> {
    return this.read((query) => this.snapshot(query, key));
  }

  override findEnded(keys: readonly ExecutionKey[]): Promise<readonly ExecutionSnapshot[]> {
    const idsOf = new Map<string, string[]>();
    for (const { tenantId, executionId } of keys) {
      const ids = idsOf.get(tenantId);
      if (ids) ids.push(executionId);
      else idsOf.set(tenantId, [executionId]);
    }
    return this.read(async (query) => {
      const found: ExecutionSnapshot[] = [];
      for (const [tenantId, ids] of idsOf) {
        const rows = await query(this.sql.findEndedExecutions, [tenantId, this.sql.ids(ids)]);
        found.push(...(await this.withCheckpoints(query, tenantId, rows)));
      }
      return found;
    });
  }

  override list(filter: ExecutionQuery): Promise<readonly ExecutionSnapshot[]> {
    const { sql, parameters } = this.sql.list(filter);
    return this.read(async (query) =>
      this.withCheckpoints(query, filter.tenantId, await query(sql, parameters)),
    );
  }

  override async countByStatus(
    tenantId: string | undefined,
  ): Promise<ReadonlyMap<ExecutionStatus, number>> {
    const rows = await this.read((query) => query(this.sql.countByStatus, [tenantId ?? null]));
    return new Map(
      rows.map((row) => [row['status'] as ExecutionStatus, Number(row['executions'])]),
    );
  }

  override cancel(key: ExecutionKey, errors: string, message: string): Promise<CancelOutcome> {
    const { tenantId, executionId } = key;
    return this.order(async (query, failures) => {
      // Whoever deletes the task ends the execution; everybody else comes too late.
      const [task] = await query(this.sql.deleteTask, [tenantId, executionId]);
      if (!task) {
        const ended = await this.snapshot(query, key);
        if (!ended) return { kind: 'not-found' };
        // The cancellation of an earlier try, whose answer was lost, is this one.
        const own = failures > 0 && ended.status === 'cancelled' && ended.errors === errors;
        return own ? { kind: 'cancelled', snapshot: ended } : { kind: 'already-ended' };
      }
      await query(this.sql.endExecution, [
        this.clock.databaseOffset(),
        tenantId,
        executionId,
        'cancelled',
        null,
        errors,
        ERROR_CATALOGUE.EXECUTION_CANCELLED.status,
        message,
        false,
        Number(task['fence']) + 1,
      ]);
      const snapshot = await this.snapshot(query, key);
      return snapshot ? { kind: 'cancelled', snapshot } : { kind: 'not-found' };
    });
  }

  override expireKey(key: ExecutionKey, lifetime: number): Promise<boolean> {
    return this.order((query) => this.keyExpiry.expire(query, key, lifetime));
  }

  override retry({ tenantId, executionId }: ExecutionKey): Promise<RetryOutcome> {
    let begun = Infinity;
    return this.order(async (query, failures) => {
      const [before] =
        failures > 0 ? await query(this.sql.findExecution, [tenantId, executionId]) : [];
      // The run of an earlier try, whose answer was lost, is there; it may have failed again by now.
      if (before && Number(before['run']) >= begun) return { kind: 'retried', run: begun };
      const [retried] = await query(this.sql.retryExecution, [tenantId, executionId]);
      if (!retried) {
        const [found] = await query(this.sql.findExecution, [tenantId, executionId]);
        return found
          ? { kind: 'not-failed', status: found['status'] as ExecutionStatus }
          : { kind: 'not-found' };
      }
      begun = Number(retried['run']);
      await query(this.sql.createRetriedTask, [
        this.clock.databaseOffset(),
        tenantId,
        executionId,
        Number(retried['fence']) + 1,
        begun,
        retried['capability'],
      ]);
      return { kind: 'retried', run: begun };
    });
  }

  private read<T>(work: (query: Query) => Promise<T>): Promise<T> {
    return this.answer(() => this.connection.read(work));
  }

  /** @param work is told how often it has failed; it may have been committed all the same */
  private order<T>(work: (query: Query, failures: number) => Promise<T>): Promise<T> {
    return this.answer((failures) => this.connection.transaction((query) => work(query, failures)));
  }

  private async answer<T>(work: (failures: number) => Promise<T>): Promise<T> {
    try {
      return await this.patience.during(PATIENCE, work);
    } catch (error) {
      throw unavailable(error);
    }
  }

  private async snapshot(
    query: Query,
    { tenantId, executionId }: ExecutionKey,
  ): Promise<ExecutionSnapshot | undefined> {
    const rows = await query(this.sql.findExecution, [tenantId, executionId]);
    const [found] = await this.withCheckpoints(query, tenantId, rows);
    return found;
  }

  private async withCheckpoints(
    query: Query,
    tenantId: string,
    rows: readonly Row[],
  ): Promise<ExecutionSnapshot[]> {
    if (rows.length === 0) return [];
    const ids = this.sql.ids(rows.map((row) => String(row['id'])));
    const checkpoints = groupByExecution(
      await query(this.sql.checkpointsOf, [tenantId, ids]),
      checkpointOf,
    );
    return rows.map((row) =>
      snapshotOf(row, checkpoints.get(`${String(row['tenant_id'])} ${String(row['id'])}`) ?? []),
    );
  }
}
