import type { JournalEntry } from './journal-lanes.js';
import { isContended } from './transient-faults.js';
import { unavailable } from './unavailable.js';

/** Times a lone start meets the lock before whoever waits for it is told. */
const PATIENCE_OF_STARTS = 3;

/** Entries that are tried together. */
interface Group {
  readonly entries: readonly JournalEntry[];
  /** Times it met the lock as it is. */
  readonly failures: number;
}

/** How what is set aside gets written, or goes back to where it came from. */
export interface ContendedWriting {
  /** Answers the entries; rejects when nothing was written. */
  flush(entries: readonly JournalEntry[]): Promise<void>;
  /** For a failure that is none of a lock. */
  giveBack(entries: readonly JournalEntry[]): void;
  /** Nothing is left here. */
  onEmpty(): void;
}

/**
 * Records whose batch met a lock that somebody keeps, as an open transaction of the application does.
 * They are tried again beside the writers, so that nobody else waits with them: each start with a key
 * alone, the rest of each tenant together, then half of it, then one. A transition waits as long as it
 * takes, as what it says has happened.
 */
export class ContendedRecords {
  private readonly groups: Group[] = [];
  private writing = false;
  private closing = false;

  constructor(private readonly journal: ContendedWriting) {}

  get empty(): boolean {
    return !this.writing && this.groups.length === 0;
  }

  /** Characters that wait here. */
  get size(): number {
    return this.groups.reduce(
      (sum, { entries }) => entries.reduce((all, { size }) => all + size, sum),
      0,
    );
  }

  setAside(entries: readonly JournalEntry[]): void {
    const groups = new Map<unknown, JournalEntry[]>();
    for (const entry of entries) {
      const name = hasKey(entry) ? entry : tenantOf(entry);
      groups.set(name, [...(groups.get(name) ?? []), entry]);
    }
    for (const group of groups.values()) this.groups.push({ entries: group, failures: 1 });
    if (!this.writing && this.groups.length > 0) void this.write();
  }

  /** Tries what waits here once more, each tenant's at once, and no longer. */
  close(): void {
    this.closing = true;
    this.setAside(this.groups.splice(0).flatMap(({ entries }) => entries));
  }

  /** Never rejects. */
  private async write(): Promise<void> {
    this.writing = true;
    for (let group = this.groups.shift(); group; group = this.groups.shift()) {
      try {
        await this.journal.flush(group.entries);
      } catch (error) {
        if (isContended(error)) this.tryLater(group, error);
        else this.journal.giveBack(group.entries);
      }
    }
    this.writing = false;
    this.journal.onEmpty();
  }

  private tryLater({ entries, failures }: Group, error: unknown): void {
    const isStart = entries[0]?.record.kind === 'create';
    const isLone = entries.length === 1;
    if (this.closing || (isLone && isStart && failures + 1 >= PATIENCE_OF_STARTS)) {
      for (const entry of entries) entry.reject(unavailable(error));
    } else if (isLone) {
      this.groups.push({ entries, failures: failures + 1 });
    } else {
      const half = Math.ceil(entries.length / 2);
      this.groups.push({ entries: entries.slice(0, half), failures: 1 });
      this.groups.push({ entries: entries.slice(half), failures: 1 });
    }
  }
}

const tenantOf = ({ record }: JournalEntry): string =>
  record.kind === 'create' ? record.execution.tenantId : record.transition.tenantId;

/** Most often it is the key that somebody has used in a transaction of his own. */
const hasKey = ({ record }: JournalEntry): boolean =>
  record.kind === 'create' && record.execution.idempotencyKey !== undefined;
