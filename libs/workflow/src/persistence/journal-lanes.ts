import type { JournalOutcome, JournalRecord } from './journal-record.js';

/** A record that waits to be written, and who waits for that. */
export interface JournalEntry {
  readonly record: JournalRecord;
  /** Characters of its payloads. */
  readonly size: number;
  readonly resolve: (outcome: JournalOutcome) => void;
  readonly reject: (error: unknown) => void;
}

/** Rows and characters one commit carries at most; a single record may be larger. */
const LARGEST_BATCH = 256;
const LONGEST_BATCH = 4 * 1024 * 1024;

/** Entries a writer gets at least: a commit for fewer costs more than two of them at once save. */
const WORTH_SHARING = 16;

/** What waits to be written, by who may share a commit with whom. */
export class JournalLanes {
  /** In the order in which they began to wait. */
  private readonly lanes = new Map<string, JournalEntry[]>();
  private characters = 0;

  constructor(private readonly laneOf: (record: JournalRecord) => string) {}

  /** Characters that wait. */
  get size(): number {
    return this.characters;
  }

  get empty(): boolean {
    return this.lanes.size === 0;
  }

  add(entry: JournalEntry): void {
    const name = this.laneOf(entry.record);
    const lane = this.lanes.get(name);
    if (lane) lane.push(entry);
    else this.lanes.set(name, [entry]);
    this.characters += entry.size;
  }

  /**
   * The next batch, from the lane that has waited longest; none when nothing waits.
   *
   * @param writers who take a share each of a lane that is worth sharing
   */
  next(writers = 1): readonly JournalEntry[] {
    const [first] = this.lanes;
    if (!first) return [];
    const [name, lane] = first;
    const shares = Math.min(writers, Math.floor(lane.length / WORTH_SHARING));
    const share = Math.ceil(lane.length / Math.max(1, shares));
    const batch = lane.slice(0, Math.min(share, lengthOf(lane)));
    this.lanes.delete(name);
    // What is left begins to wait anew, behind the other lanes.
    if (batch.length < lane.length) this.lanes.set(name, lane.slice(batch.length));
    for (const { size } of batch) this.characters -= size;
    return batch;
  }

  /** Takes out what somebody need not wait for any longer. */
  remove(unwanted: (entry: JournalEntry) => boolean): readonly JournalEntry[] {
    const removed: JournalEntry[] = [];
    for (const [name, lane] of this.lanes) {
      const kept = lane.filter((entry) => !unwanted(entry));
      removed.push(...lane.filter(unwanted));
      if (kept.length > 0) this.lanes.set(name, kept);
      else this.lanes.delete(name);
    }
    for (const { size } of removed) this.characters -= size;
    return removed;
  }
}

/** How many of the entries fit into one batch. */
function lengthOf(entries: readonly JournalEntry[]): number {
  let rows = 0;
  let characters = 0;
  let length = 0;
  for (const { record, size } of entries) {
    rows += record.kind === 'create' ? 1 : Math.max(1, record.transition.checkpoints.length);
    characters += size;
    if (length > 0 && (rows > LARGEST_BATCH || characters > LONGEST_BATCH)) break;
    length += 1;
  }
  return length;
}

/** Characters of the payloads of a record. */
export function sizeOf(record: JournalRecord): number {
  if (record.kind === 'create')
    return record.execution.input.length + record.execution.context.length;
  let size = 0;
  for (const checkpoint of record.transition.checkpoints) {
    size += (checkpoint.output?.length ?? 0) + (checkpoint.errors?.length ?? 0);
    size += (checkpoint.writes?.length ?? 0) + (checkpoint.audit?.length ?? 0);
  }
  for (const { errors } of record.transition.attempts) size += errors.length;
  return size;
}
