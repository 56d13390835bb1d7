import type {
  EndedStatus,
  SettledStatus,
  StepCheckpoint,
} from '../../../libs/workflow/src/engine/journal.port.js';
import type { TransactionStatements } from '../../../libs/workflow/src/persistence/sql.step-transactions.js';
import type { Row } from '../../../libs/workflow/src/persistence/store-connection.js';
import type { ModelStore } from '../../support/model-store/model-store.js';
import { nameOf } from '../../support/model-store/model-tables.js';
import type { Plan } from '../load/plan.js';
import type { Session } from './session.js';

/** The statements of a transactional step by their names, which the model understands. */
const STATEMENTS = {
  lockOwnTask: 'lockOwnTask',
  insertOwnCheckpoint: 'insertOwnCheckpoint',
  deleteTask: 'deleteTask',
  endExecution: 'endExecution',
  awaitOwnEnd: 'awaitOwnEnd',
  findOwnCheckpoint: 'findOwnCheckpoint',
} as const satisfies TransactionStatements;

export const AWAIT_OWN_END = STATEMENTS.awaitOwnEnd;

/** One process alone is never in the middle of another transaction. */
export const statementsOf = ({ embedded }: Plan): TransactionStatements =>
  embedded ? { ...STATEMENTS, awaitOwnEnd: undefined } : STATEMENTS;

type Answer = (session: Session, parameters: readonly never[]) => Promise<readonly Row[]>;

const ANSWERS: Readonly<Record<string, Answer>> = {
  async write(session, [effect]) {
    await session.write(String(effect));
    return [];
  },
  async lockOwnTask(session, [tenantId, executionId, fence, run, workerId]) {
    const owner = { tenantId, executionId, fence, run, workerId } as unknown as Owner;
    return (await session.lock(owner)) ? [{}] : [];
  },
  async insertOwnCheckpoint(session, [, tenantId, executionId, fence, run, workerId, ...values]) {
    const owner = { tenantId, executionId, fence, run, workerId } as unknown as Owner;
    const at = await session.record(owner, checkpointOf(values));
    return at === undefined ? [] : [{ at }];
  },
  // The end takes the task away.
  deleteTask: () => Promise.resolve([]),
  async endExecution(session, [, tenantId, executionId, ...values]) {
    const [status, output, errors, statusCode, message, degraded, fence] = values;
    const end = {
      kind: 'end',
      status: status as unknown as EndedStatus,
      output: output ?? undefined,
      errors: errors ?? undefined,
      statusCode: statusCode as unknown as number,
      message: message as unknown as string,
      degraded: degraded as unknown as boolean,
    } as const;
    const owner = { tenantId, executionId, fence } as unknown as Owner;
    return [{ finished_at: await session.end(owner, end) }];
  },
};

type Owner = Parameters<Session['lock']>[0];

/** Answers the statements of a transactional step. */
export function answerInSession(
  session: Session,
  statement: string,
  parameters: readonly unknown[],
): Promise<readonly Row[]> {
  const answer = ANSWERS[statement];
  if (!answer) throw new Error(`The simulation does not know the statement "${statement}".`);
  return answer(session, parameters as readonly never[]);
}

export function findOwnCheckpoint(
  { tables }: ModelStore,
  parameters: readonly unknown[],
): readonly Row[] {
  const [tenantId, executionId, stepId, run, fence] = parameters as [
    string,
    string,
    string,
    number,
    number,
  ];
  const found = tables.checkpoints.get(nameOf({ tenantId, executionId }, stepId, run));
  if (!found) return [];
  return tables.rules.holds('transaction.own-checkpoint-fence', found.fence === fence) ? [{}] : [];
}

/** In the order in which a checkpoint is written. */
function checkpointOf(values: readonly unknown[]): StepCheckpoint {
  const [stepId, status, attempts, output, errors, statusCode, reason, ...rest] = values;
  const [writes, audit, usage, startedAt, finishedAt] = rest;
  const optional = <T>(value: unknown): T | undefined => (value as T | null) ?? undefined;
  return {
    stepId: String(stepId),
    status: status as SettledStatus,
    attempts: Number(attempts),
    output: optional(output),
    errors: optional(errors),
    statusCode: optional(statusCode),
    reason: optional(reason),
    writes: optional(writes),
    audit: optional(audit),
    usage: optional(usage),
    startedAt: optional(startedAt),
    finishedAt: Number(finishedAt),
  };
}
