import { TaskQueue, type ClaimRequest } from '../../../dispatch/task-queue.port.js';
import type { OwnedExecution, PastAttempt } from '../../../engine/owned-execution.js';
import type { Clock } from '../../../runtime/clock.js';
import { checkpointOf, groupByExecution } from '../../row-mapping.js';
import type { Query, Row, StoreConnection } from '../../store-connection.js';
import type { SqliteStatements } from './sqlite.statements.js';

/** Due work in SQLite. One process holds the file, so an owner needs no lease: it ends with the process. */
export class SqliteTaskQueue extends TaskQueue {
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
    const found = await this.connection.read((query) => query(this.sql.findDue, due.slice(0, 3)));
    if (found.length === 0) return [];
    return this.connection.transaction(async (query) => {
      const claimed = await query(this.sql.claim, due);
      return claimed.length === 0 ? [] : this.load(query, claimed, request.workerId);
    });
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

  private async load(
    query: Query,
    claimed: readonly Row[],
    workerId: string,
  ): Promise<OwnedExecution[]> {
    const keys = JSON.stringify(claimed.map((row) => [row['tenant_id'], row['execution_id']]));
    const executions = await query(this.sql.claimedExecutions, [this.clock.databaseOffset(), keys]);
    const rows = new Map(executions.map((row) => [nameOf(row, 'id'), row]));
    const checkpoints = groupByExecution(
      await query(this.sql.claimedCheckpoints, [keys]),
      checkpointOf,
    );
    const now = Number(executions[0]?.['now']);
    const attempts = groupByExecution(await query(this.sql.claimedAttempts, [keys]), (row) =>
      attemptOf(row, now),
    );
    return claimed.flatMap((task) => {
      const name = nameOf(task, 'execution_id');
      const row = rows.get(name);
      if (!row) return [];
      return {
        tenantId: String(row['tenant_id']),
        executionId: String(row['id']),
        workflowId: String(row['workflow_id']),
        workflowVersion: String(row['workflow_version']),
        capability: String(row['capability']),
        run: Number(task['run']),
        fence: Number(task['fence']),
        workerId,
        input: String(row['input']),
        context: String(row['context']),
        createdAt: Number(row['created_at']),
        checkpoints: checkpoints.get(name) ?? [],
        attempts: attempts.get(name) ?? [],
      };
    });
  }
}

const nameOf = (row: Row, id: string): string => `${String(row['tenant_id'])} ${String(row[id])}`;

const attemptOf = (row: Row, now: number): PastAttempt => ({
  stepId: String(row['step_id']),
  attempt: Number(row['attempt']),
  errors: String(row['errors']),
  startedAt: Number(row['started_at']),
  finishedAt: Number(row['finished_at']),
  dueIn: Math.max(0, Number(row['retry_at']) - now),
});
