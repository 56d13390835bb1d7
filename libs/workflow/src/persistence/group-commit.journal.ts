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
import type { Clock } from '../runtime/clock.js';
import type { Random } from '../runtime/random.js';
import type { WorkflowHealth } from '../runtime/workflow-health.js';
import type { StoreConnection } from './store-connection.js';
import { isTransient } from './transient-faults.js';

interface Entry {
  readonly record: JournalRecord;
  readonly resolve: (outcome: JournalOutcome) => void;
  readonly reject: (error: unknown) => void;
}

/** Attempts after which a start is refused instead of waiting on. */
const PATIENCE_OF_STARTS = 3;

/** Milliseconds between attempts while the database does not answer, doubled each time. */
const SHORTEST_PAUSE = 50;
const LONGEST_PAUSE = 2_000;

/** Records one commit carries at most. */
const LARGEST_BATCH = 256;

/**
 * One writer for all transitions of a process: what arrives while a commit is in flight shares the
 * next one. An idle process waits for nothing.
 */
export class GroupCommitJournal extends Journal {
  private waiting: Entry[] = [];
  private writing: Promise<void> | undefined;
  private closing = false;
  private wake: () => void = () => undefined;
  /** A batch belongs to many callers, so it must not run in the asynchronous context of one of them. */
  private readonly begin = AsyncResource.bind(() => {
    this.writing = this.writeAll();
  });

  constructor(
    private readonly store: JournalStore,
    private readonly connection: StoreConnection,
    private readonly clock: Clock,
    private readonly random: Random,
    private readonly health: WorkflowHealth,
  ) {
    super();
  }

  override create(execution: NewExecution): Promise<CreateOutcome> {
    return this.append({ kind: 'create', execution }) as Promise<CreateOutcome>;
  }

  override record(transition: Transition): Promise<TransitionOutcome> {
    return this.append({ kind: 'transition', transition }) as Promise<TransitionOutcome>;
  }

  /** Tries what is left to write once more, and no longer. Resolves when all of it has been answered. */
  async close(): Promise<void> {
    this.closing = true;
    this.wake();
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
    // At once: a record that came between the last look and this would never be written.
    this.writing = undefined;
  }

  /** A record that cannot be written fails alone: the batch is halved until it is found. */
  private async write(batch: readonly Entry[]): Promise<void> {
    let entries = batch;
    for (let failures = 1; entries.length > 0; failures += 1) {
      try {
        await this.flush(entries);
        this.health.works('journal');
        return;
      } catch (error) {
        if (isTransient(error) && !this.closing) {
          this.health.failed('journal', 'The database does not take writes.');
          entries = this.withoutImpatient(entries, failures, error);
          await this.pause(failures);
        } else if (entries.length === 1) {
          // Not all that fails was not written: what is there already is recognised.
          if (failures === 1) continue;
          entries[0]?.reject(unavailable(error));
          return;
        } else {
          const half = Math.ceil(entries.length / 2);
          await this.write(entries.slice(0, half));
          await this.write(entries.slice(half));
          return;
        }
      }
    }
  }

  private async flush(entries: readonly Entry[]): Promise<void> {
    const outcomes = await this.store.flush(entries.map(({ record }) => record));
    entries.forEach((entry, index) => entry.resolve(outcomes[index]));
  }

  /**
   * While the database does not answer, transitions wait: what they say has happened. Somebody who
   * starts an execution is told instead, also those who came while we tried.
   */
  private withoutImpatient(entries: readonly Entry[], failures: number, error: unknown): Entry[] {
    if (failures < PATIENCE_OF_STARTS) return [...entries];
    const isStart = ({ record }: Entry): boolean => record.kind === 'create';
    for (const entry of [...entries, ...this.waiting].filter(isStart)) {
      entry.reject(unavailable(error));
    }
    this.waiting = this.waiting.filter((entry) => !isStart(entry));
    return entries.filter((entry) => !isStart(entry));
  }

  private pause(failures: number): Promise<void> {
    const delay = Math.min(LONGEST_PAUSE, SHORTEST_PAUSE * 2 ** (failures - 1));
    return new Promise((resolve) => {
      const cancel = this.clock.schedule(delay * (0.5 + this.random.next()), resolve);
      this.wake = () => {
        cancel();
        resolve();
      };
    });
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
