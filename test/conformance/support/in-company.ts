import { randomUUID } from 'node:crypto';
import type { FailedAttempt } from '../../../libs/workflow/src/engine/journal.port.js';
import type {
  JournalRecord,
  JournalStore,
} from '../../../libs/workflow/src/persistence/journal-record.js';
import { attempt, completed, recording, WORKER } from './records.js';

/** What strangers say beside one checkpoint: a transition may be written another way in their company. */
export type Company = readonly FailedAttempt[];

/** Whoever stands beside each transition, by name; none for what is as it comes. */
export const COMPANIES: readonly (readonly [string, Company | undefined])[] = [
  ['', undefined],
  [' in company', []],
  [' in company of failed attempts', [attempt('stranger', 1)]],
];

/** A journal in which no transition is alone: beside it stands that of an execution that is not there. */
export function inCompany<S extends JournalStore>(journal: S, company: Company | undefined): S {
  if (!company) return journal;
  const beside = (record: JournalRecord): JournalRecord[] => {
    if (record.kind === 'create') return [record];
    const { tenantId, departure } = record.transition;
    const owner = { tenantId, executionId: randomUUID(), run: 1, fence: 1, workerId: WORKER };
    const said = { checkpoints: [completed('stranger')], attempts: company, departure };
    return [record, recording(owner, said)];
  };
  const flush: JournalStore['flush'] = async (batch) => {
    const crowd = batch.map(beside);
    const outcomes = await journal.flush(crowd.flat());
    let next = 0;
    return crowd.map(({ length }) => {
      const outcome = outcomes[next];
      next += length;
      return outcome;
    });
  };
  return Object.create(journal, { flush: { value: flush } }) as S;
}
