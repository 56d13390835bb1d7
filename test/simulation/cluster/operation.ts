import type { ExecutionKey, Transition } from '../../../libs/workflow/src/engine/journal.port.js';
import type {
  ClaimRequest,
  HeldTask,
} from '../../../libs/workflow/src/dispatch/task-queue.port.js';
import type { TransactionOwner } from '../../../libs/workflow/src/engine/step-transaction.port.js';
import type { JournalRecord } from '../../../libs/workflow/src/persistence/journal-record.js';
import type { ProtocolRule } from '../../support/model-store/protocol-rules.js';

/** What a call of the store is about, for whoever checks what it did. */
export type Subject =
  | { readonly kind: 'flush'; readonly batch: readonly JournalRecord[] }
  | { readonly kind: 'claim'; readonly request: ClaimRequest }
  | { readonly kind: 'extend'; readonly workerId: string; readonly held: readonly HeldTask[] }
  | { readonly kind: 'isolate'; readonly workerId: string; readonly suspect: HeldTask }
  | { readonly kind: 'match'; readonly capabilities: readonly string[] }
  | {
      readonly kind: 'foresee';
      readonly horizon: number;
      readonly capabilities: readonly string[];
    }
  | { readonly kind: 'recover' }
  | { readonly kind: 'cancel' | 'retry'; readonly key: ExecutionKey }
  | { readonly kind: 'find'; readonly keys: readonly ExecutionKey[] }
  | { readonly kind: 'commit'; readonly owner?: TransactionOwner }
  /** Of an open transaction: nothing of it counts yet. */
  | { readonly kind: 'statement'; readonly name: string; readonly locks?: TransactionOwner }
  | { readonly kind: 'roll-back' };

/** One call of the store, which happens at one moment or not at all. */
export interface Operation<T> {
  readonly subject: Subject;
  readonly writes: boolean;
  /** What it must lock against transactions that hold it, and by which rule it does. */
  readonly locks?: { readonly rule: ProtocolRule; readonly keys: readonly ExecutionKey[] };
  perform(): T | Promise<T>;
}

/** What of a batch waits for transactional steps: what raises a fence, or takes the task away. */
export const lockedBy = (batch: readonly JournalRecord[]): readonly Transition[] =>
  batch.flatMap((record) =>
    record.kind === 'transition' &&
    (record.transition.departure?.kind === 'end' || record.transition.departure?.kind === 'release')
      ? [record.transition]
      : [],
  );

/** A call in a few words. */
export function describe(subject: Subject, result: unknown): string {
  switch (subject.kind) {
    case 'flush':
      return subject.batch
        .map((record, index) => {
          const { kind } = (result as readonly { kind: string }[])[index] ?? { kind: '?' };
          if (record.kind === 'create') return `create ${record.execution.executionId}:${kind}`;
          const { executionId, fence, checkpoints, attempts, departure } = record.transition;
          const steps = checkpoints.map(({ stepId, status }) => `${stepId}=${status}`);
          const tried = attempts.map(({ stepId, attempt }) => `${stepId}#${attempt}`);
          const leaves = departure ? [departure.kind] : [];
          return `${executionId}/${fence} ${[...steps, ...tried, ...leaves].join(' ')}:${kind}`;
        })
        .join('; ');
    case 'claim':
      return (result as readonly { executionId: string; fence: number; claims: number }[])
        .map(({ executionId, fence, claims }) => `${executionId}/${fence} claims ${claims}`)
        .join('; ');
    case 'extend': {
      const named = (tasks: readonly HeldTask[]): string =>
        tasks.map(({ executionId, fence }) => `${executionId}/${fence}`).join(' ');
      const lost = named(result as readonly HeldTask[]);
      return `${named(subject.held)}${lost === '' ? '' : ` lost ${lost}`}`;
    }
    case 'cancel':
    case 'retry':
      return `${subject.key.executionId}: ${(result as { kind: string }).kind}`;
    case 'find':
      return subject.keys.map(({ executionId }) => executionId).join(' ');
    case 'commit':
      return subject.owner ? `${subject.owner.executionId}/${subject.owner.fence}` : '';
    case 'statement':
      return subject.name;
    case 'isolate':
      return `${subject.suspect.executionId}/${subject.suspect.fence}: ${String(result)}`;
    case 'match':
      return JSON.stringify(result);
    case 'recover':
    case 'foresee':
      return String(result);
    case 'roll-back':
      return '';
  }
}

/** Which records share a commit, as on the store whose workers share a database. */
export const laneOf = (record: JournalRecord): string =>
  record.kind === 'create'
    ? `create ${record.execution.workerId ?? ''}`
    : (record.transition.departure?.kind ?? 'stay');
