import type { ExecutionSnapshot } from '../engine/execution-snapshot.js';
import type { ExecutionKey } from '../engine/journal.port.js';
import type { ExecutionStatus } from '../result/workflow-result.js';

/** Which executions of a tenant a list shows. */
export interface ExecutionQuery {
  readonly tenantId: string;
  readonly status?: ExecutionStatus | undefined;
  readonly workflowId?: string | undefined;
  /** Created at this moment or later; milliseconds since the epoch. */
  readonly from?: number | undefined;
  /** Created before this moment. */
  readonly to?: number | undefined;
  /** Only executions older than this one: the last of the page before. */
  readonly after?: string | undefined;
  readonly limit: number;
}

/** What an order to cancel met. */
export type CancelOutcome =
  | { readonly kind: 'cancelled'; readonly snapshot: ExecutionSnapshot }
  | { readonly kind: 'already-ended' }
  | { readonly kind: 'not-found' };

/** What an order to retry met. */
export type RetryOutcome =
  | { readonly kind: 'retried'; readonly run: number }
  | { readonly kind: 'not-failed'; readonly status: ExecutionStatus }
  | { readonly kind: 'not-found' };

/** What the manager asks of the store beside the journal; every question names its tenant. */
export abstract class ExecutionStore {
  abstract find(key: ExecutionKey): Promise<ExecutionSnapshot | undefined>;
  /** Those of the executions that have ended. */
  abstract findEnded(keys: readonly ExecutionKey[]): Promise<readonly ExecutionSnapshot[]>;
  /** Newest first. */
  abstract list(query: ExecutionQuery): Promise<readonly ExecutionSnapshot[]>;
  /** Counts of one tenant, or of all when the tenant is undefined. */
  abstract countByStatus(
    tenantId: string | undefined,
  ): Promise<ReadonlyMap<ExecutionStatus, number>>;
  /** Ends an execution that has not ended. */
  abstract cancel(key: ExecutionKey, errors: string, message: string): Promise<CancelOutcome>;
  /** Begins another run of a failed execution; what completed stays valid. */
  abstract retry(key: ExecutionKey): Promise<RetryOutcome>;
  /**
   * Takes its idempotency key from an execution that has ended and was created so long ago. Answers
   * whether it has none now, whoever took it.
   *
   * @param lifetime milliseconds
   */
  abstract expireKey(key: ExecutionKey, lifetime: number): Promise<boolean>;
}
