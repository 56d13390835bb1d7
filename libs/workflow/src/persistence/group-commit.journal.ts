import { AsyncResource } from 'node:async_hooks';
import {
  Journal,
  type CreateOutcome,
  type NewExecution,
  type Transition,
  type TransitionOutcome,
} from '../engine/journal.port.js';
import { isWorkflowException, WorkflowException } from '../result/workflow.exception.js';
import { JournalLanes, sizeOf, type JournalEntry } from './journal-lanes.js';
import type { JournalOutcome, JournalRecord, JournalStore } from './journal-record.js';
import type { Clock } from '../runtime/clock.js';
import type { Random } from '../runtime/random.js';
import type { WorkflowHealth } from '../runtime/workflow-health.js';
import { StartMerging } from './start-merging.js';
import type { StoreConnection } from './store-connection.js';
import { isTransient } from './transient-faults.js';

/** Attempts after which a start is refused instead of waiting on. */
const PATIENCE_OF_STARTS = 3;

/** Milliseconds between attempts while the database does not answer, doubled each time. */
const SHORTEST_PAUSE = 50;
const LONGEST_PAUSE = 2_000;

/** Characters that may wait before this process takes on no more work. */
const MOST_WAITING = 4 * 1024 * 1024;

/**
 * One writer for all transitions of a process: what arrives while a commit is in flight shares the
 * next one. An idle process waits for nothing.
 */
export class GroupCommitJournal extends Journal {
  private readonly lanes: JournalLanes;
  private readonly merging = new StartMerging();
  private readonly flushesInFlight: number;
  private inFlight = 0;
  private gathering = false;
  private closing = false;
  private readonly wakes = new Set<() => void>();
  private onQuiet: () => void = () => undefined;
  /** A batch belongs to many callers, so it must not run in the asynchronous context of one of them. */
  private readonly detached = AsyncResource.bind((work: () => void) => work());

  constructor(
    private readonly store: JournalStore,
    private readonly connection: StoreConnection,
    private readonly clock: Clock,
    private readonly random: Random,
    private readonly health: WorkflowHealth,
  ) {
    super();
    this.lanes = new JournalLanes((record) => store.laneOf?.(record) ?? '');
    this.flushesInFlight = store.flushesInFlight ?? 1;
  }

  override create(execution: NewExecution): Promise<CreateOutcome> {
    return this.merging.create(
      execution,
      () => this.append({ kind: 'create', execution }) as Promise<CreateOutcome>,
    );
  }

  override record(transition: Transition): Promise<TransitionOutcome> {
    return this.append({ kind: 'transition', transition }) as Promise<TransitionOutcome>;
  }

  /** More waits to be written than should; whoever brings new work should wait. */
  get congested(): boolean {
    return this.lanes.size > MOST_WAITING;
  }

  /** Tries what is left to write once more, and no longer. Resolves when all of it has been answered. */
  async close(): Promise<void> {
    this.closing = true;
    for (const wake of this.wakes) wake();
    if (this.inFlight === 0 && this.lanes.empty) return;
    await new Promise<void>((resolve) => {
      this.onQuiet = resolve;
    });
  }

  private append(record: JournalRecord): Promise<JournalOutcome> {
    return new Promise((resolve, reject) => {
      this.connection.refuseReentry();
      this.lanes.add({ record, size: sizeOf(record), resolve, reject });
      this.gather();
    });
  }

  /** One turn later, so that what the same moment brings travels together. */
  private gather(): void {
    if (this.gathering || this.inFlight >= this.flushesInFlight) return;
    this.gathering = true;
    this.detached(() =>
      this.clock.afterThisTurn(() => {
        this.gathering = false;
        this.begin();
      }),
    );
  }

  private begin(): void {
    while (this.inFlight < this.flushesInFlight) {
      const batch = this.lanes.next();
      if (batch.length === 0) return;
      this.inFlight += 1;
      void this.write(batch).then(() => this.ended());
    }
  }

  private ended(): void {
    this.inFlight -= 1;
    if (!this.lanes.empty) this.gather();
    else if (this.inFlight === 0) this.onQuiet();
  }

  /** A record that cannot be written fails alone: the batch is halved until it is found. Never rejects. */
  private async write(batch: readonly JournalEntry[]): Promise<void> {
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

  private async flush(entries: readonly JournalEntry[]): Promise<void> {
    const outcomes = await this.store.flush(entries.map(({ record }) => record));
    entries.forEach((entry, index) => entry.resolve(outcomes[index]));
  }

  /**
   * While the database does not answer, transitions wait: what they say has happened. Somebody who
   * starts an execution is told instead, also those who came while we tried.
   */
  private withoutImpatient(
    entries: readonly JournalEntry[],
    failures: number,
    error: unknown,
  ): readonly JournalEntry[] {
    if (failures < PATIENCE_OF_STARTS) return entries;
    const isStart = ({ record }: JournalEntry): boolean => record.kind === 'create';
    for (const entry of [...entries.filter(isStart), ...this.lanes.remove(isStart)]) {
      entry.reject(unavailable(error));
    }
    return entries.filter((entry) => !isStart(entry));
  }

  private pause(failures: number): Promise<void> {
    const delay = Math.min(LONGEST_PAUSE, SHORTEST_PAUSE * 2 ** (failures - 1));
    return new Promise((resolve) => {
      const wake = (): void => {
        cancel();
        this.wakes.delete(wake);
        resolve();
      };
      const cancel = this.clock.schedule(delay * (0.5 + this.random.next()), wake);
      this.wakes.add(wake);
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
