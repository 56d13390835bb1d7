import type { JournalRecord } from './journal-record.js';

/** Records of a batch that one statement may write. */
export interface BatchRun<L extends string> {
  readonly lane: L;
  readonly records: readonly JournalRecord[];
}

/**
 * Cuts a batch where its lane changes, and where an execution is named a second time: what comes
 * later must see what came before.
 */
export function runsOf<L extends string>(
  batch: readonly JournalRecord[],
  laneOf: (record: JournalRecord) => L,
): BatchRun<L>[] {
  const runs: { lane: L; records: JournalRecord[] }[] = [];
  let named = new Set<string>();
  for (const record of batch) {
    const lane = laneOf(record);
    const name = nameOf(record);
    const last = runs.at(-1);
    if (last?.lane === lane && !named.has(name)) {
      last.records.push(record);
    } else {
      runs.push({ lane, records: [record] });
      named = new Set();
    }
    named.add(name);
  }
  return runs;
}

function nameOf(record: JournalRecord): string {
  const { tenantId, executionId } = record.kind === 'create' ? record.execution : record.transition;
  return `${tenantId} ${executionId}`;
}
