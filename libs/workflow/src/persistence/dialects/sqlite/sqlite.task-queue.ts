import { TaskQueue, type ClaimRequest, type HeldTask } from '../../../dispatch/task-queue.port.js';
import type { OwnedExecution } from '../../../engine/owned-execution.js';
import type { Clock } from '../../../runtime/clock.js';
import { heldBefore, ownedExecutions } from '../../claimed-rows.js';
import type { Query, Row, StoreConnection } from '../../store-connection.js';
import type { SqliteStatements } from './sqlite.statements.js';

/** Due work in SQLite. One process holds the file, so an owner needs no lease: it ends with the process. */
export class SqliteTaskQueue extends TaskQueue {
  /** Claimed, but the commit was answered by an error: if they are ours, nobody runs them. */
  private unanswered: readonly Row[] = [];

  constructor(
    private readonly connection: StoreConnection,
    private readonly sql: SqliteStatements,
    private readonly clock: Clock,
  ) {
    super();
  }

  override async claim(request: ClaimRequest): Promise<readonly OwnedExecution[]> {
    const due = [
      this.clock.databaseOffset(),
      JSON.stringify(request.capabilities),
      request.limit,
      request.workerId,
    ];
    // Most looks find nothing; they should not cost a transaction.
    if (this.unanswered.length > 0) await this.disown();
    const found = await this.connection.read((query) => query(this.sql.findDue, due.slice(0, 3)));
    if (found.length === 0) return [];
    let claimed: readonly Row[] = [];
    try {
      return await this.connection.transaction(async (query) => {
        claimed = await query(this.sql.claim, due);
        return claimed.length === 0 ? [] : this.load(query, claimed, request.workerId);
      });
    } catch (error) {
      this.unanswered = claimed;
      throw error;
    }
  }

  override async dueWithin(
    horizon: number,
    capabilities: readonly string[],
  ): Promise<number | undefined> {
    const offset = this.clock.databaseOffset();
    const [next] = await this.connection.read((query) =>
      query(this.sql.findNextDue, [offset, JSON.stringify(capabilities), horizon]),
    );
    return next && Number(next['due_in']);
  }

  override readonly lease = undefined;

  /** Nobody else can have them. */
  override extend(_workerId: string, _held: readonly HeldTask[]): Promise<readonly HeldTask[]> {
    return Promise.resolve([]);
  }

  override async isolate(
    workerId: string,
    { tenantId, executionId, fence }: HeldTask,
  ): Promise<boolean> {
    const isolated = await this.connection.transaction((query) =>
      query(this.sql.isolate, [tenantId, executionId, fence, workerId]),
    );
    return isolated.length > 0;
  }

  override async recover(): Promise<number> {
    const recovered = await this.connection.transaction((query) =>
      query(this.sql.recover, [this.clock.databaseOffset()]),
    );
    return recovered.length;
  }

  override matchCapabilities(
    capabilities: readonly string[],
  ): Promise<{ suspended: number; resumed: number }> {
    const known = JSON.stringify(capabilities);
    return this.connection.transaction(async (query) => {
      const suspended = await query(this.sql.suspendUnknown, [known]);
      const resumed = await query(this.sql.resumeKnown, [this.clock.databaseOffset(), known]);
      return { suspended: suspended.length, resumed: resumed.length };
    });
  }

  private async disown(): Promise<void> {
    const keys = this.unanswered.map((row) => [
      row['tenant_id'],
      row['execution_id'],
      row['fence'],
    ]);
    await this.connection.transaction((query) =>
      query(this.sql.disown, [this.clock.databaseOffset(), JSON.stringify(keys)]),
    );
    this.unanswered = [];
  }

  private async load(
    query: Query,
    claimed: readonly Row[],
    workerId: string,
  ): Promise<OwnedExecution[]> {
    const owned = [this.clock.databaseOffset(), keysOf(claimed)];
    const executions = await query(this.sql.claimedExecutions, owned);
    const earlier = heldBefore(claimed);
    if (earlier.length === 0) return ownedExecutions(workerId, { tasks: claimed, executions });
    const keys = [keysOf(earlier)];
    return ownedExecutions(workerId, {
      tasks: claimed,
      executions,
      checkpoints: await query(this.sql.claimedCheckpoints, keys),
      attempts: await query(this.sql.claimedAttempts, keys),
    });
  }
}

const keysOf = (rows: readonly Row[]): string =>
  JSON.stringify(rows.map((row) => [row['tenant_id'], row['execution_id']]));
