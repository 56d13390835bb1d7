import type {
  AttemptRow,
  CheckpointRow,
  ExecutionRow,
  StoreDump,
  TaskRow,
} from '../../support/model-store/store-dump.js';
import { CAPABILITY, TENANT, WORKER, attempt, completed, executionId, failed } from './records.js';

const NOW = 1_800_000_000_000;

const execution = (n: number, options: Partial<ExecutionRow>): ExecutionRow => ({
  tenantId: TENANT,
  id: executionId(n),
  workflowId: 'order',
  workflowVersion: '1.0.0',
  definitionHash: 'hash',
  capability: CAPABILITY,
  status: 'pending',
  run: 1,
  fence: 0,
  inputHash: 'hash',
  input: '{}',
  context: '{}',
  degraded: false,
  createdAt: NOW,
  ...options,
});

const task = (n: number, options: Partial<TaskRow>): TaskRow => ({
  tenantId: TENANT,
  executionId: executionId(n),
  priority: 0,
  visibleAt: NOW,
  status: 'pending',
  fence: 0,
  claims: 0,
  run: 1,
  capability: CAPABILITY,
  ...options,
});

const by = (n: number, fence: number, run = 1) => ({
  tenantId: TENANT,
  executionId: executionId(n),
  run,
  fence,
});

const attemptRow = (n: number, fence: number, number: number): AttemptRow => {
  const { retryDelay: _retryDelay, ...rest } = attempt('b', number);
  return { ...by(n, fence), ...rest, retryAt: NOW };
};

/** Executions in every state there is; the second runs for the second time. */
export const HEALTHY: StoreDump = {
  executions: [
    execution(0, { idempotencyKey: 'zero' }),
    execution(1, { idempotencyKey: 'one', run: 2, fence: 2 }),
    execution(2, {}),
    execution(3, {}),
    execution(4, {
      status: 'completed',
      fence: 2,
      output: '"done"',
      statusCode: 200,
      message: 'It is done.',
      finishedAt: NOW,
    }),
  ],
  tasks: [
    task(0, {}),
    task(1, { status: 'running', workerId: WORKER, run: 2, fence: 4, claims: 1 }),
    task(2, { status: 'waiting', fence: 1 }),
    task(3, {
      status: 'suspended',
      fence: 1,
      reason: 'DEFINITION_MISSING: x',
      visibleAt: Infinity,
    }),
  ],
  checkpoints: [
    { ...by(1, 2), ...completed('a') },
    { ...by(1, 2), ...failed('b') },
    { ...by(1, 4, 2), ...completed('b') },
    { ...by(4, 1), ...completed('a') },
  ],
  attempts: [attemptRow(2, 1, 1), attemptRow(2, 1, 2), attemptRow(4, 1, 1)],
};

type Breach = readonly [
  what: string,
  invariant: string,
  breach: string,
  breaking: (healthy: StoreDump) => StoreDump,
];

type Change<R> = (rows: readonly R[]) => readonly R[];

const onNth =
  <R extends object>(nth: number, change: Partial<R>): Change<R> =>
  (rows) =>
    rows.map((row, index) => (index === nth ? { ...row, ...change } : row));

const executions =
  (nth: number, change: Partial<ExecutionRow>) =>
  (dump: StoreDump): StoreDump => ({ ...dump, executions: onNth(nth, change)(dump.executions) });

const tasks =
  (nth: number, change: Partial<TaskRow>) =>
  (dump: StoreDump): StoreDump => ({ ...dump, tasks: onNth(nth, change)(dump.tasks) });

const checkpoints =
  (nth: number, change: Partial<CheckpointRow>) =>
  (dump: StoreDump): StoreDump => ({ ...dump, checkpoints: onNth(nth, change)(dump.checkpoints) });

const attempts =
  (nth: number, change: Partial<AttemptRow>) =>
  (dump: StoreDump): StoreDump => ({ ...dump, attempts: onNth(nth, change)(dump.attempts) });

const twice =
  (table: 'checkpoints' | 'attempts') =>
  (dump: StoreDump): StoreDump => ({ ...dump, [table]: [...dump[table], dump[table][0]] });

const OTHER = { tenantId: 'globex' };
const NOBODY = 'belongs to no execution of its tenant';

/** Each a way to break a rule, with the rule that it breaks. */
export const BREACHES: readonly Breach[] = [
  [
    'idempotency key with two executions',
    'S1',
    'execution shares its idempotency key',
    executions(1, { idempotencyKey: 'zero' }),
  ],
  [
    'fence that went back',
    'S2',
    'task has a fence that its execution has left behind',
    tasks(1, { fence: 1 }),
  ],
  [
    'fence of the run before',
    'S2',
    'task has a fence that its execution has left behind',
    tasks(1, { fence: 2 }),
  ],
  [
    'checkpoint above the fence of its task',
    'S3',
    'step was written under a fence that nobody had yet',
    checkpoints(2, { fence: 5 }),
  ],
  [
    'checkpoint above the fence of its end',
    'S3',
    'step was written under a fence that nobody had yet',
    checkpoints(3, { fence: 3 }),
  ],
  [
    'attempt that no owner wrote',
    'S3',
    'attempt was written under a fence that nobody had yet',
    attempts(0, { fence: 0 }),
  ],
  [
    'checkpoint that an owner of the run before wrote',
    'S3',
    'step was written under a fence of another run',
    checkpoints(2, { fence: 2 }),
  ],
  [
    'checkpoint that an owner of the next run wrote',
    'S3',
    'step was written under a fence of another run',
    checkpoints(0, { fence: 4 }),
  ],
  [
    'attempt that an owner of another run wrote',
    'S3',
    'attempt was written under a fence of another run',
    attempts(0, { executionId: executionId(1), run: 2, fence: 1 }),
  ],
  [
    'checkpoint of a run to come',
    'S4',
    'step is of a run that has not begun',
    checkpoints(3, { run: 2 }),
  ],
  ['attempt of no run', 'S4', 'attempt is of a run that has not begun', attempts(0, { run: 0 })],
  ['checkpoint twice', 'S4', 'step is there more than once', twice('checkpoints')],
  ['attempt twice', 'S4', 'attempt is there more than once', twice('attempts')],
  ['checkpoint of another tenant', 'S14', `step ${NOBODY}`, checkpoints(3, OTHER)],
  ['attempt of another tenant', 'S14', `attempt ${NOBODY}`, attempts(2, OTHER)],
  ['task of another tenant', 'S14', `task ${NOBODY}`, tasks(2, OTHER)],
  [
    'end that left its task',
    'S6',
    'execution has ended and has a task',
    executions(2, { status: 'failed', fence: 1, finishedAt: NOW }),
  ],
  [
    'end without a time',
    'S6',
    'execution has ended without a time, or has a time without an end',
    executions(4, { finishedAt: undefined }),
  ],
  [
    'end that is none',
    'S6',
    'execution has ended without a time, or has a time without an end',
    executions(0, { finishedAt: NOW }),
  ],
  [
    'output before the end',
    'S6',
    'execution has not ended and has something of an end',
    executions(0, { output: '1' }),
  ],
  [
    'status code before the end',
    'S6',
    'execution has not ended and has something of an end',
    executions(0, { statusCode: 200 }),
  ],
  [
    'execution that nobody will run',
    'S7',
    'execution has not ended and has no task',
    (dump) => ({ ...dump, tasks: dump.tasks.slice(1) }),
  ],
  [
    'task of another run',
    'S7',
    'task is of another run or capability than its execution',
    tasks(2, { run: 2 }),
  ],
  [
    'task of another capability',
    'S7',
    'task is of another run or capability than its execution',
    tasks(2, { capability: 'other' }),
  ],
  ...(
    [
      ['running task without an owner', tasks(0, { status: 'running' })],
      ['pending task with an owner', tasks(1, { status: 'pending' })],
      ['pending task that is never due', tasks(0, { visibleAt: Infinity })],
      ['waiting task that is never due', tasks(2, { visibleAt: Infinity })],
      ['suspended task without a reason', tasks(3, { reason: undefined })],
      ['suspended task that is due', tasks(3, { visibleAt: NOW })],
      ['suspended task with an owner', tasks(3, { workerId: WORKER })],
    ] as const
  ).map(([what, breaking]): Breach => [
    what,
    'L1',
    'task is neither due, nor timed, nor owned, nor suspended for a reason',
    breaking,
  ]),
  [
    'reason of one that waits',
    'L1',
    'task has a reason to be suspended and is not',
    tasks(2, { reason: 'Because.' }),
  ],
  ['claim less than none', 'L3', 'task counts less than no claims', tasks(0, { claims: -1 })],
  [
    'step that completed twice',
    'S4',
    'step was done again in a later run, though it had completed',
    checkpoints(1, { status: 'completed', errors: undefined }),
  ],
  [
    'attempt after a gap',
    'S8',
    'attempt comes after one that is not there',
    attempts(1, { attempt: 3 }),
  ],
  [
    'completion with errors',
    'S13',
    'step has completed with errors, or failed without',
    checkpoints(0, { errors: '[]' }),
  ],
  [
    'failure without errors',
    'S13',
    'step has completed with errors, or failed without',
    checkpoints(1, { errors: undefined }),
  ],
  [
    'input cut short',
    'S13',
    'execution has a payload that cannot be read',
    executions(0, { input: '{' }),
  ],
  [
    'output cut short',
    'S13',
    'step has a payload that cannot be read',
    checkpoints(0, { output: '"' }),
  ],
  [
    'error cut short',
    'S13',
    'attempt has a payload that cannot be read',
    attempts(0, { errors: '' }),
  ],
];
