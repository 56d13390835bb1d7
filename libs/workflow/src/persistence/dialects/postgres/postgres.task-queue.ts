import { TaskQueue, type ClaimRequest, type HeldTask } from '../../../dispatch/task-queue.port.js';
import type { OwnedExecution } from '../../../engine/owned-execution.js';
import type { Clock } from '../../../runtime/clock.js';
import { heldBefore, ownedExecutions } from '../../claimed-rows.js';
import type { Query, Row, StoreConnection } from '../../store-connection.js';
import { LookBack } from './look-back.js';
import type { PostgresStatements } from './postgres.statements.js';

/** Due work in PostgreSQL, shared by any number of workers. An owner keeps it for the length of a lease. */
export class PostgresTaskQueue extends TaskQueue {
  private readonly lookBack: LookBack;

  constructor(
    private readonly connection: StoreConnection,
    private readonly sql: PostgresStatements,
    private readonly clock: Clock,
    override readonly lease: number,
    /** For renewals alone, which must not wait for anything else. */
    private readonly reserved: StoreConnection = connection,
  ) {
    super();
    this.lookBack = new LookBack(clock);
  }

  override async claim(request: ClaimRequest): Promise<readonly OwnedExecution[]> {
    const { workerId, limit, capabilities } = request;
    const look = this.lookBack.begin();
    const due = [this.clock.databaseOffset(), capabilities, limit, look.age];
    // Most looks find nothing; they should not cost a transaction.
    const found = await this.connection.read((query) => query(this.sql.findDue, due));
    if (found.length === 0) {
      this.lookBack.end(look, 0);
      return [];
    }
    let waited = 0;
    const owned = await this.connection.transaction(async (query) => {
      const claimed = await query(this.sql.claim, [...due, workerId, this.lease]);
      if (claimed.length === limit)
        waited = Math.min(...claimed.map((row) => Number(row['waited'])));
      return claimed.length === 0 ? [] : this.load(query, claimed, workerId);
    });
    this.lookBack.end(look, waited);
    return owned;
  }

  override async dueWithin(
    horizon: number,
    capabilities: readonly string[],
  ): Promise<number | undefined> {
    const offset = this.clock.databaseOffset();
    const [next] = await this.connection.read((query) =>
      query(this.sql.findNextDue, [offset, capabilities, horizon, this.lookBack.begin().age]),
    );
    return next && Number(next['due_in']);
  }

  override async extend(workerId: string, held: readonly HeldTask[]): Promise<readonly HeldTask[]> {
    const rows = await this.reserved.read((query) =>
      query(this.sql.heartbeat, [
        this.clock.databaseOffset(),
        this.lease,
        workerId,
        held.map(({ tenantId }) => tenantId),
        held.map(({ executionId }) => executionId),
        held.map(({ fence }) => fence),
      ]),
    );
    // By the fence, not by the execution: this worker may have lost it and claimed it again.
    const kept = new Set(
      rows.map((row) => heldName(row['tenant_id'], row['execution_id'], row['fence'])),
    );
    return held.filter(
      ({ tenantId, executionId, fence }) => !kept.has(heldName(tenantId, executionId, fence)),
    );
  }

  override async isolate(
    workerId: string,
    { tenantId, executionId, fence }: HeldTask,
  ): Promise<boolean> {
    const isolated = await this.connection.read((query) =>
      query(this.sql.isolate, [tenantId, executionId, fence, workerId]),
    );
    return isolated.length > 0;
  }

  /** Other workers may live: what a dead one held comes back when its lease ends. */
  override recover(): Promise<number> {
    return Promise.resolve(0);
  }

  /** What this worker cannot run may be another one's; it waits, and nothing is suspended. */
  override async matchCapabilities(
    capabilities: readonly string[],
  ): Promise<{ suspended: number; resumed: number }> {
    this.lookBack.forget();
    const resumed = await this.connection.read((query) =>
      query(this.sql.resumeKnown, [this.clock.databaseOffset(), capabilities]),
    );
    return { suspended: 0, resumed: resumed.length };
  }

  private async load(
    query: Query,
    claimed: readonly Row[],
    workerId: string,
  ): Promise<OwnedExecution[]> {
    const owned = keysOf(claimed);
    const offset = this.clock.databaseOffset();
    const executions = await query(this.sql.claimedExecutions, [offset, ...owned]);
    const earlier = heldBefore(claimed);
    if (earlier.length === 0) return ownedExecutions(workerId, { tasks: claimed, executions });
    const keys = keysOf(earlier);
    return ownedExecutions(workerId, {
      tasks: claimed,
      executions,
      checkpoints: await query(this.sql.claimedCheckpoints, keys),
      attempts: await query(this.sql.claimedAttempts, keys),
    });
  }
}

const keysOf = (rows: readonly Row[]): unknown[][] => [
  rows.map((row) => row['tenant_id']),
  rows.map((row) => row['execution_id']),
];

const heldName = (...claim: readonly unknown[]): string => claim.map(String).join(' ');
