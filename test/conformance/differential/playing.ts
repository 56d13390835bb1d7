import type { TransactionOwner } from '../../../libs/workflow/src/engine/step-transaction.port.js';
import type {
  Departure,
  ExecutionKey,
  NewExecution,
} from '../../../libs/workflow/src/engine/journal.port.js';
import type { JournalRecord } from '../../../libs/workflow/src/persistence/journal-record.js';
import { nameOf } from '../../support/model-store/model-tables.js';
import type { StoreDump } from '../../support/model-store/store-dump.js';
import {
  OTHER_TENANT,
  OTHER_WORKER,
  TENANT,
  WORKER,
  attempt,
  completed,
  creating,
  end,
  executionId,
  failed,
  failure,
  keyOf,
  owned,
  pending,
  recording,
} from '../support/records.js';
import type { TestedStore } from '../support/tested-store.js';
import type { Aim, Entry, Leaving, Move, Start, Subject } from './moves.js';

/** Milliseconds between two moves. Real time passes too, and is little beside it. */
export const UNIT = 60_000;

const TENANTS = [TENANT, OTHER_TENANT] as const;
const WORKERS = [WORKER, OTHER_WORKER] as const;
const WORKFLOWS = ['order', 'refund'] as const;
const CAPABILITIES = ['order@1', 'refund@1'] as const;

/** What was done: the same for every store it is done to. */
export type Deed = (store: TestedStore) => Promise<unknown>;

/** A move in a state: whose fence it names, and how much is due, depends on that. */
export function deedOf(move: Move, state: StoreDump, now: number): Deed {
  switch (move.kind) {
    case 'flush': {
      const batch = move.batch.map((entry) => recordOf(entry, state));
      return ({ journal }) => journal.flush(batch);
    }
    case 'claim': {
      const capabilities = move.capabilities.map((index) => CAPABILITIES[index] ?? '');
      const limit = dueWithin(move.moments, capabilities, state, now);
      return ({ queue }) => queue.claim({ workerId: WORKERS[move.worker], limit, capabilities });
    }
    case 'cancel':
      return ({ executions }) => executions.cancel(keyIn(state, move.subject), '[]', 'Cancelled.');
    case 'retry':
      return ({ executions }) => executions.retry(keyIn(state, move.subject));
    case 'foresee': {
      const capabilities = move.capabilities.map((index) => CAPABILITIES[index] ?? '');
      // Half a unit further: what is due on the border would be so on one side only.
      const horizon = (move.units + 0.5) * UNIT;
      return async ({ queue }) => ({ dueIn: await queue.dueWithin(horizon, capabilities) });
    }
    case 'find-ended': {
      const named = move.subjects.map((subject) => keyIn(state, subject));
      const keys = [...new Map(named.map((key) => [nameOf(key), key])).values()];
      return ({ executions }) => executions.findEnded(keys);
    }
    case 'find':
      return ({ executions }) => executions.find(keyIn(state, move.subject));
    case 'transaction':
      return transactionOf(move, ownerOf(keyIn(state, move.subject), move.aim, state));
    case 'list':
      return listOf(move);
    case 'count':
      return ({ executions }) =>
        executions.countByStatus(move.tenant === undefined ? undefined : TENANTS[move.tenant]);
    case 'match': {
      const capabilities = move.capabilities.map((index) => CAPABILITIES[index] ?? '');
      return ({ queue }) => queue.matchCapabilities(capabilities);
    }
    case 'wait':
      return ({ clock }) => clock.advance(move.units * UNIT);
    case 'extend': {
      const held = move.aims.map((aim, nth) => {
        const key = keyIn(state, { among: 'running', nth });
        const { workerId: _workerId, run: _run, ...claim } = ownerOf(key, aim, state);
        return claim;
      });
      return ({ queue }) => queue.extend(WORKERS[move.worker], held);
    }
    case 'isolate': {
      const {
        tenantId,
        executionId: id,
        fence,
      } = ownerOf(keyIn(state, move.subject), move.aim, state);
      const suspect = { tenantId, executionId: id, fence };
      return ({ queue }) => queue.isolate(WORKERS[move.worker], suspect);
    }
    default:
      return ({ queue }) => queue.recover();
  }
}

/** What is not there when nothing is in that state. */
function keyIn({ executions, tasks }: StoreDump, { among, nth }: Subject): ExecutionKey {
  const running = new Set(
    tasks.filter(({ status }) => status === 'running').map((task) => nameOf(task)),
  );
  const keys = executions.flatMap(({ tenantId, id, status }) => {
    const key = { tenantId, executionId: id };
    const isThere = { running: running.has(nameOf(key)), failed: status === 'failed', all: true };
    return isThere[among] ? [key] : [];
  });
  return keys[nth % keys.length] ?? keyOf(9);
}

/** The n-th execution is always the same, so that to start it again is to repeat its start. */
function executionOf({ tenant, number }: Start): NewExecution {
  const start = number % 2 === 0 ? owned : pending;
  const kind = number < 4 ? 0 : 1;
  return start(number, {
    tenantId: TENANTS[tenant],
    workflowId: WORKFLOWS[kind],
    capability: CAPABILITIES[kind],
    idempotencyKey: number < 2 || number > 3 ? 'key' : undefined,
    userId: number === 3 ? 'ann' : undefined,
  });
}

function ownerOf(key: ExecutionKey, aim: Aim, { executions, tasks }: StoreDump): TransactionOwner {
  const name = nameOf(key);
  const task = tasks.find((each) => nameOf(each) === name);
  const ended = executions.find(
    ({ tenantId, id }) => nameOf({ tenantId, executionId: id }) === name,
  );
  const { fence, run } = task ?? ended ?? { fence: 1, run: 1 };
  const owner = { ...key, fence, run, workerId: task?.workerId ?? WORKER };
  const otherWorker = owner.workerId === WORKER ? OTHER_WORKER : WORKER;
  const aimed: Readonly<Record<Aim, TransactionOwner>> = {
    owner,
    before: { ...owner, fence: fence - 1 },
    after: { ...owner, fence: fence + 1 },
    'another run': { ...owner, run: run + 1 },
    'another worker': { ...owner, workerId: otherWorker },
  };
  return aimed[aim];
}

function recordOf(entry: Entry, state: StoreDump): JournalRecord {
  if (entry.kind === 'create') return creating(executionOf(entry.start));
  const { attempts, steps, delay } = entry;
  const isEnd = entry.leaving === 'end' || entry.leaving === 'fail';
  // A fence has one claimant: whoever repeats an end under it is not asked for a name.
  const leaving = isEnd && entry.aim === 'another worker' ? 'park' : entry.leaving;
  return recording(ownerOf(keyIn(state, entry.subject), entry.aim, state), {
    attempts: attempts.map((number) => attempt('a', number, { retryDelay: delay * UNIT })),
    // Also what says the same step twice says two things of it.
    checkpoints: steps.map((step, index) =>
      leaving === 'fail'
        ? failed(step, { attempts: index + 1 })
        : completed(step, { output: `"${index}"` }),
    ),
    departure: departureOf(leaving, delay * UNIT),
  });
}

function departureOf(leaving: Leaving, delay: number): Departure | undefined {
  switch (leaving) {
    case undefined:
      return undefined;
    case 'end':
      return end();
    case 'fail':
      return failure();
    case 'suspend':
      return {
        kind: 'suspend',
        reason: `${delay > 0 ? 'TENANT_MISSING:' : 'Because of'} ${delay}`,
      };
    default:
      return { kind: leaving, delay };
  }
}

/** How many are due at the first few moments at which something became due: in no order among them. */
function dueWithin(
  moments: number,
  capabilities: readonly string[],
  { tasks }: StoreDump,
  now: number,
): number {
  const due = tasks.filter(
    ({ visibleAt, capability }) => visibleAt <= now && capabilities.includes(capability),
  );
  const last = [...new Set(due.map(({ visibleAt }) => visibleAt))]
    .sort((a, b) => a - b)
    .slice(0, moments)
    .at(-1);
  return last === undefined ? 1 : due.filter(({ visibleAt }) => visibleAt <= last).length;
}

function transactionOf(
  { step, verdict }: Extract<Move, { kind: 'transaction' }>,
  owner: TransactionOwner,
): Deed {
  return (store) =>
    store.transactions
      .run(owner, async (manager) => {
        await store.write(manager, `effect of ${step}`);
        if (verdict === 'throw') throw new Error('The step threw.');
        if (verdict === 'roll-back') return { kind: 'roll-back', outcome: 'no' };
        const departure = verdict === 'end' ? end({ degraded: true }) : undefined;
        return { kind: 'commit', checkpoint: completed(step), departure };
      })
      .catch((error: unknown) => String(error));
}

function listOf(move: Extract<Move, { kind: 'list' }>): Deed {
  const { tenant, status, workflow, after, from, to, limit } = move;
  return ({ executions, clock }) => {
    const beginning = clock.now() - clock.monotonic();
    const moment = (units: number | undefined): number | undefined =>
      units === undefined ? undefined : beginning + (units - 0.5) * UNIT;
    return executions.list({
      tenantId: TENANTS[tenant],
      status,
      workflowId: workflow === undefined ? undefined : WORKFLOWS[workflow],
      after: after === undefined ? undefined : executionId(after),
      from: moment(from),
      to: moment(to),
      limit,
    });
  };
}
