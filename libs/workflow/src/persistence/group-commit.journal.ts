import { AsyncResource } from 'node:async_hooks';
import {
  Journal,
  type CreateOutcome,
  type NewExecution,
  type Transition,
  type TransitionOutcome,
} from '../engine/journal.port.js';
import { isWorkflowException, WorkflowException } from '../result/workflow.exception.js';
import type { JournalOutcome, JournalRecord, JournalStore } from './journal-record.js';
import type { StoreConnection } from './store-connection.js';

interface Entry {
  readonly record: JournalRecord;
  readonly resolve: (outcome: JournalOutcome) => void;
  readonly reject: (error: unknown) => void;
}

/** Records one commit carries at most. */
const LARGEST_BATCH = 256;

/**
 * One writer for all transitions of a process: what arrives while a commit is in flight shares the
 * next one. An idle process waits for nothing.
 */
export class GroupCommitJournal extends Journal {
  private waiting: Entry[] = [];
  private writing: Promise<void> | undefined;
  /** A batch belongs to many callers, so it must not run in the asynchronous context of one of them. */
  private readonly begin = AsyncResource.bind(() => {
    this.writing = this.writeAll().finally(() => {
      this.writing = undefined;
    });
  });

  constructor(
    private readonly store: JournalStore,
    private readonly connection: StoreConnection,
  ) {
    super();
  }

  override create(execution: NewExecution): Promise<CreateOutcome> {
    return this.append({ kind: 'create', execution }) as Promise<CreateOutcome>;
  }

  override record(transition: Transition): Promise<TransitionOutcome> {
    return this.append({ kind: 'transition', transition }) as Promise<TransitionOutcome>;
  }

  /** Resolves when everything appended so far has been answered. */
  async settled(): Promise<void> {
    while (this.writing) await this.writing;
  }

  private append(record: JournalRecord): Promise<JournalOutcome> {
    return new Promise((resolve, reject) => {
      this.connection.refuseReentry();
      this.waiting.push({ record, resolve, reject });
      if (!this.writing) this.begin();
    });
  }

  private async writeAll(): Promise<void> {
    // One turn, so that what the same moment brings travels together.
    await Promise.resolve();
    while (this.waiting.length > 0) {
      const batch = this.waiting.slice(0, LARGEST_BATCH);
      this.waiting = this.waiting.slice(batch.length);
      await this.write(batch);
    }
  }

  /** A record that cannot be written fails alone: the batch is halved until it is found. */
  private async write(batch: readonly Entry[]): Promise<void> {
    try {
      const outcomes = await this.store.flush(batch.map(({ record }) => record));
      batch.forEach((entry, index) => entry.resolve(outcomes[index] as JournalOutcome));
    } catch (error) {
      if (batch.length === 1) {
        batch[0]?.reject(unavailable(error));
        return;
      }
      const half = Math.ceil(batch.length / 2);
      await this.write(batch.slice(0, half));
      await this.write(batch.slice(half));
    }
  }
}

/** What the database says stays in the cause: it may quote values. */
export function unavailable(cause: unknown): WorkflowException {
  return isWorkflowException(cause)
    ? cause
    : new WorkflowException('STORE_UNAVAILABLE', 'The store did not answer.', {
        cause,
        retryable: true,
      });
}
