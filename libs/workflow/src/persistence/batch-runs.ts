import type { JournalRecord } from './journal-record.js';

/**
 * Cuts a batch into what one statement may write: where its lane changes, and where an execution is
 * named a second time, as what comes later must see what came before.
 */
export function runsOf(
  batch: readonly JournalRecord[],
  laneOf: (record: JournalRecord) => string,
): (readonly JournalRecord[])[] {
  const runs: JournalRecord[][] = [];
  let lane: string | undefined;
  let named = new Set<string>();
  for (const record of batch) {
    const name = nameOf(record);
    const next = laneOf(record);
    if (next !== lane || named.has(name)) {
      runs.push([]);
      named = new Set();
      lane = next;
    }
    runs.at(-1)?.push(record);
    named.add(name);
  }
  return runs;
}

function nameOf(record: JournalRecord): string {
  const { tenantId, executionId } = record.kind === 'create' ? record.execution : record.transition;
  return `${tenantId} ${executionId}`;
}
