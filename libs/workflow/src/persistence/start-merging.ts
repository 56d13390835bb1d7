import type { CreateOutcome, NewExecution } from '../engine/journal.port.js';

/**
 * Starts of one key that come while the first of them is being written join it here, instead of
 * asking the database about each.
 */
export class StartMerging {
  private readonly first = new Map<
    string,
    { id: string; inputHash: string; created: Promise<CreateOutcome> }
  >();

  /** @param mayWait refuses whoever holds what the start that is on its way waits for */
  constructor(private readonly mayWait: () => void) {}

  /** Whether a start with the key of this one is being written. */
  isOnItsWay(execution: NewExecution): boolean {
    return execution.idempotencyKey !== undefined && this.first.has(nameOf(execution));
  }

  /** Creates the execution, unless another one with its key is on its way. */
  create(execution: NewExecution, write: () => Promise<CreateOutcome>): Promise<CreateOutcome> {
    return execution.idempotencyKey === undefined ? write() : this.merged(execution, write);
  }

  private async merged(
    execution: NewExecution,
    write: () => Promise<CreateOutcome>,
  ): Promise<CreateOutcome> {
    const { executionId, inputHash } = execution;
    const name = nameOf(execution);
    const earlier = this.first.get(name);
    if (earlier && earlier.id !== executionId) {
      this.mayWait();
      const outcome = await earlier.created;
      return outcome.kind === 'joined'
        ? outcome
        : { kind: 'joined', executionId: earlier.id, inputHash: earlier.inputHash };
    }
    const created = write();
    this.first.set(name, { id: executionId, inputHash, created });
    try {
      return await created;
    } finally {
      this.first.delete(name);
    }
  }
}

const nameOf = ({ tenantId, workflowId, idempotencyKey }: NewExecution): string =>
  `${tenantId} ${workflowId} ${idempotencyKey}`;
