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

  /** Creates the execution, unless another one with its key is on its way. */
  create(execution: NewExecution, write: () => Promise<CreateOutcome>): Promise<CreateOutcome> {
    return execution.idempotencyKey === undefined ? write() : this.merged(execution, write);
  }

  private async merged(
    { tenantId, workflowId, idempotencyKey, executionId, inputHash }: NewExecution,
    write: () => Promise<CreateOutcome>,
  ): Promise<CreateOutcome> {
    const name = `${tenantId} ${workflowId} ${idempotencyKey}`;
    const earlier = this.first.get(name);
    if (earlier && earlier.id !== executionId) {
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
