import { AsyncResource } from 'node:async_hooks';
import {
  Journal,
  type CreateOutcome,
  type NewExecution,
  type Transition,
  type TransitionOutcome,
} from '../engine/journal.port.js';
import { ContendedRecords } from './contended-records.js';
import { JournalLanes, sizeOf, type JournalEntry } from './journal-lanes.js';
import type { JournalOutcome, JournalRecord, JournalStore } from './journal-record.js';
import { backoff, type BackoffRange } from '../runtime/backoff.js';
import type { CancelTimer, Clock } from '../runtime/clock.js';
import type { Random } from '../runtime/random.js';
import type { WorkflowHealth } from '../runtime/workflow-health.js';
import { StartMerging } from './start-merging.js';
import type { StoreConnection } from './store-connection.js';
import { isContended, isTransient } from './transient-faults.js';
import { unavailable } from './unavailable.js';

/** Attempts after which a start is refused instead of waiting on. */
const PATIENCE_OF_STARTS = 3;

/** Between attempts while the database does not answer. */
const PAUSES: BackoffRange = { shortest: 50, longest: 2_000 };

const NO_ID = '00000000-0000-0000-0000-000000000000';

/** Needs a database that takes writes, and changes nothing. */
const OF_NO_EXECUTION: JournalRecord = {
  kind: 'transition',
  transition: {
    tenantId: '',
    executionId: NO_ID,
    run: 0,
    fence: 0,
    workerId: NO_ID,
    attempts: [],
    checkpoints: [],
  },
};

/** Characters that may wait before this process takes on no more work. */
const MOST_WAITING = 4 * 1024 * 1024;

/**
 * One writer for all transitions of a process: what arrives while a commit is in flight shares the
 * next one. An idle process waits for nothing.
 */
export class GroupCommitJournal extends Journal {
  private readonly lanes: JournalLanes;
  private readonly merging: StartMerging;
  private readonly contended: ContendedRecords;
  private readonly flushesInFlight: number;
  private inFlight = 0;
  private gathering = false;
  private closing = false;
  private readonly wakes = new Set<() => void>();
  private onQuiet: () => void = () => undefined;
  private stopWatching: CancelTimer = () => undefined;
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
    this.merging = new StartMerging(() => connection.refuseReentry());
    this.contended = new ContendedRecords({
      flush: (entries) => this.flush(entries),
      giveBack: (entries) => {
        for (const entry of entries) this.add(entry);
      },
      onEmpty: () => this.settle(),
    });
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

  override isCreating(execution: NewExecution): boolean {
    return this.merging.isOnItsWay(execution);
  }

  override get congested(): boolean {
    return this.lanes.size + this.contended.size > MOST_WAITING;
  }

  /** Tries what is left to write once more, and no longer. Resolves when all of it has been answered. */
  async close(): Promise<void> {
    this.closing = true;
    this.stopWatching();
    this.contended.close();
    for (const wake of this.wakes) wake();
    if (this.quiet) return;
    await new Promise<void>((resolve) => {
      this.onQuiet = resolve;
    });
  }

  private append(record: JournalRecord): Promise<JournalOutcome> {
    return new Promise((resolve, reject) => {
      this.connection.refuseReentry();
      this.add({ record, size: sizeOf(record), resolve, reject });
    });
  }

  private add(entry: JournalEntry): void {
    this.lanes.add(entry);
    this.gather();
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
      const batch = this.lanes.next(this.flushesInFlight - this.inFlight);
      if (batch.length === 0) return;
      this.inFlight += 1;
      void this.write(batch).then(() => this.ended());
    }
  }

  private ended(): void {
    this.inFlight -= 1;
    if (this.store.answersByEvents)
      this.detached(() => this.clock.afterThisEvent(() => this.goOn()));
    else if (this.lanes.empty) this.settle();
    else this.gather();
  }

  /** With what an answer has set off, before the next answer is dealt with. */
  private goOn(): void {
    if (this.lanes.empty) this.settle();
    else this.begin();
  }

  private get quiet(): boolean {
    return this.inFlight === 0 && this.lanes.empty && this.contended.empty;
  }

  private settle(): void {
    if (this.quiet) this.onQuiet();
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
        if (isContended(error)) {
          this.contended.setAside(entries);
          return;
        }
        if (isTransient(error)) {
          if (this.closing) {
            this.giveUp(entries, error);
            return;
          }
          this.health.failed('journal', 'The database does not take writes.', error);
          entries = this.withoutImpatient(entries, failures, error);
          if (entries.length === 0) this.watch(failures);
          else await this.pause(failures);
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

  /** The database was away at the last attempt: nothing else has a better chance. */
  private giveUp(entries: readonly JournalEntry[], error: unknown): void {
    for (const entry of [...entries, ...this.lanes.remove(() => true)]) {
      entry.reject(unavailable(error));
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

  /** Nothing is left to write, and nobody may come who would notice that the database takes it again. */
  private watch(failures: number): void {
    this.stopWatching();
    this.stopWatching = this.clock.schedule(backoff(failures, PAUSES, this.random), () => {
      this.store.flush([OF_NO_EXECUTION]).then(
        () => this.health.works('journal'),
        () => {
          if (!this.closing) this.watch(failures + 1);
        },
      );
    });
  }

  private pause(failures: number): Promise<void> {
    const delay = backoff(failures, PAUSES, this.random);
    return new Promise((resolve) => {
      const wake = (): void => {
        cancel();
        this.wakes.delete(wake);
        resolve();
      };
      const cancel = this.clock.schedule(delay, wake);
      this.wakes.add(wake);
    });
  }
}
