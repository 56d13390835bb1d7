import type { HeldTask } from '../../../libs/workflow/src/dispatch/task-queue.port.js';
import type {
  Departure,
  ExecutionKey,
  FailedAttempt,
  NewExecution,
  StepCheckpoint,
  Transition,
} from '../../../libs/workflow/src/engine/journal.port.js';
import type { OwnedExecution } from '../../../libs/workflow/src/engine/owned-execution.js';
import type { TransactionOwner } from '../../../libs/workflow/src/engine/step-transaction.port.js';
import type { JournalRecord } from '../../../libs/workflow/src/persistence/journal-record.js';

export const WORKER = '0199aaaa-0000-7000-8000-00000000000a';
export const OTHER_WORKER = '0199aaaa-0000-7000-8000-00000000000b';
export const CAPABILITY = 'order@1.0.0#0123456789abcdef';
export const TENANT = 'acme';
export const OTHER_TENANT = 'globex';

/** The n-th id in time. */
export const executionId = (n: number): string =>
  `0199bbbb-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;

export const keyOf = (n: number, tenantId = TENANT): ExecutionKey => ({
  tenantId,
  executionId: executionId(n),
});

/** A start that waits for a claim. */
export const pending = (n: number, options: Partial<NewExecution> = {}): NewExecution => ({
  ...keyOf(n),
  workflowId: 'order',
  workflowVersion: '1.0.0',
  definitionHash: '0123456789abcdef',
  capability: CAPABILITY,
  input: `{"n":${n}}`,
  inputHash: `hash-of-${n}`,
  context: '{"tenantSlug":"acme"}',
  ...options,
});

/** A start that belongs to {@link WORKER} at once. */
export const owned = (n: number, options: Partial<NewExecution> = {}): NewExecution =>
  pending(n, { workerId: WORKER, ...options });

/** The first owner of what was started as {@link owned}. */
export const starterOf = (n: number, tenantId = TENANT): TransactionOwner => ({
  ...keyOf(n, tenantId),
  run: 1,
  fence: 1,
  workerId: WORKER,
});

export const ownerOf = ({
  tenantId,
  executionId: id,
  run,
  fence,
  workerId,
}: OwnedExecution): TransactionOwner => ({ tenantId, executionId: id, run, fence, workerId });

export const taskOf = ({ tenantId, executionId: id, fence }: HeldTask): HeldTask => ({
  tenantId,
  executionId: id,
  fence,
});

/** What an owner has to say; nothing unless the options give it something. */
export const transition = (
  owner: TransactionOwner,
  options: Partial<Transition> = {},
): Transition => ({ ...owner, attempts: [], checkpoints: [], ...options });

export const creating = (execution: NewExecution): JournalRecord => ({ kind: 'create', execution });

export const recording = (
  owner: TransactionOwner,
  options: Partial<Transition> = {},
): JournalRecord => ({ kind: 'transition', transition: transition(owner, options) });

export const completed = (
  stepId: string,
  options: Partial<StepCheckpoint> = {},
): StepCheckpoint => ({
  stepId,
  status: 'completed',
  attempts: 1,
  output: `"output of ${stepId}"`,
  startedAt: 1_700_000_000_001,
  finishedAt: 1_700_000_000_002,
  ...options,
});

export const failed = (stepId: string, options: Partial<StepCheckpoint> = {}): StepCheckpoint => ({
  stepId,
  status: 'failed',
  attempts: 2,
  errors: `["${stepId} failed"]`,
  statusCode: 502,
  finishedAt: 1_700_000_000_003,
  ...options,
});

export const attempt = (
  stepId: string,
  number: number,
  options: Partial<FailedAttempt> = {},
): FailedAttempt => ({
  stepId,
  attempt: number,
  errors: `["attempt ${number}"]`,
  startedAt: 1_700_000_000_004,
  finishedAt: 1_700_000_000_005,
  retryDelay: 1_000,
  ...options,
});

type End = Extract<Departure, { kind: 'end' }>;

export const end = (options: Partial<End> = {}): End => ({
  kind: 'end',
  status: 'completed',
  output: '"done"',
  statusCode: 200,
  message: 'It is done.',
  degraded: false,
  ...options,
});

export const failure = (): End =>
  end({ status: 'failed', output: undefined, errors: '["failed"]', statusCode: 500 });
