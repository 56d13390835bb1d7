import {
  CLAIMS_IN_ISOLATION,
  type OwnedExecution,
} from '../../../libs/workflow/src/engine/owned-execution.js';
import type { HeldTask } from '../../../libs/workflow/src/dispatch/task-queue.port.js';
import type { Transition } from '../../../libs/workflow/src/engine/journal.port.js';
import type { TransactionOwner } from '../../../libs/workflow/src/engine/step-transaction.port.js';
import type { ModelTables } from '../../support/model-store/model-tables.js';
import { nameOf } from '../../support/model-store/model-tables.js';
import type { TaskRow } from '../../support/model-store/store-dump.js';
import type { Change, Check, Moment, Report } from './moment.js';

type Kind = Moment['subject']['kind'];
type OfKind<K extends Kind> = Extract<Moment['subject'], { kind: K }>;

/**
 * S3: who may change what. Every kind of operation says which changes of an execution are its own;
 * any other change is somebody's who does not own it.
 */
export function ownershipChecks(tables: ModelTables): Check {
  return (moment, report) => {
    const { subject, changes } = moment;
    for (const change of changes) CHANGES[subject.kind](change, moment as never, report, tables);
    if (subject.kind === 'claim') claimIsFair(moment, report, tables);
    if (subject.kind === 'extend') lostAreTold(moment, report, tables);
    if (subject.kind === 'foresee') nextIsForeseen(moment, report, tables);
    if (subject.kind === 'statement') lockIsOwn(moment, report);
    if (subject.kind === 'match') curableGoOn(moment, report, tables);
    writtenByOwner(moment, report);
  };
}

type ChangeCheck = (
  change: Change,
  moment: Moment & { subject: never },
  report: Report,
  tables: ModelTables,
) => void;

const CHANGES: Readonly<Record<Kind, ChangeCheck>> = {
  flush(change, moment, report) {
    const { batch } = moment.subject as OfKind<'flush'>;
    const { before, after, name } = change;
    const { task } = before;
    if (!before.execution) return;
    const orders = batch.flatMap((record) =>
      record.kind === 'transition' && nameOf(record.transition) === name ? [record.transition] : [],
    );
    const owner = orders.find((order) => isOwner(order, task) && order.departure);
    if (!owner) report('S3', `${name} was changed by ${moment.life.name}, which does not own it`);
    else leavesAsSaid(owner, after.task, moment.now, name, report);
  },
  commit({ name, before }, moment, report) {
    const { owner } = moment.subject as OfKind<'commit'>;
    if (!owner || nameOf(owner) !== name || !isOwner(owner, before.task)) {
      report('S3', `${name} was ended by ${moment.life.name}, which does not own it`);
    }
  },
  claim({ name, before, after }, moment, report, tables) {
    const { request } = moment.subject as OfKind<'claim'>;
    const { task } = before;
    const now = after.task;
    if (!task || !now) {
      report('S3', `${name} was claimed without being there`);
      return;
    }
    if (task.visibleAt > moment.now) report('S3', `${name} was claimed before it was due`);
    if (tables.isHeld(now)) report('S3', `${name} was claimed under an open transaction`);
    if (!request.capabilities.includes(task.capability)) {
      report('S3', `${name} was claimed by ${moment.life.name}, which cannot run it`);
    }
    if (now.fence <= task.fence) report('S2', `${name} was claimed under its old fence`);
    if (now.workerId !== request.workerId) report('S3', `${name} was claimed for somebody else`);
    if (tables.lease !== undefined && now.visibleAt !== moment.now + tables.lease) {
      report('S3', `${name} was claimed for another time than its lease`);
    }
  },
  extend({ name, before, after }, moment, report, tables) {
    const { held, workerId } = moment.subject as OfKind<'extend'>;
    const { task } = before;
    const named = held.some((key) => nameOf(key) === name && key.fence === task?.fence);
    if (!named || task?.workerId !== workerId) {
      report(
        'S3',
        `the lease of ${name} was renewed by ${moment.life.name}, which does not own it`,
      );
    }
    if (after.task?.visibleAt !== moment.now + (tables.lease ?? 0)) {
      report('S3', `the lease of ${name} was renewed for another time`);
    }
  },
  isolate({ name, before, after }, moment, report) {
    const { suspect, workerId } = moment.subject as OfKind<'isolate'>;
    const { task } = before;
    if (nameOf(suspect) !== name || task?.fence !== suspect.fence || task.workerId !== workerId) {
      report('S3', `${name} was isolated by ${moment.life.name}, which does not own it`);
    }
    if (after.task?.claims !== CLAIMS_IN_ISOLATION) {
      report('POISON', `${name} is isolated, and nobody would know`);
    }
  },
  recover({ name, before }, _moment, report, tables) {
    if (tables.lease !== undefined) report('S3', `${name} was taken from an owner that may live`);
    if (before.task?.workerId === undefined)
      report('S3', `${name} was recovered, and nobody had it`);
  },
  match({ name, before, after }, moment, report, tables) {
    const { capabilities } = moment.subject as OfKind<'match'>;
    const { task } = before;
    if (!task || task.workerId !== undefined) {
      report('S3', `${name} was suspended or resumed while somebody owned it`);
      return;
    }
    const isKnown = capabilities.includes(task.capability);
    if (after.task?.status === 'suspended') {
      if (task.status === 'suspended') report('L1', `${name} was suspended for another reason`);
      if (isKnown) report('L1', `${name} was suspended, although its definition is known`);
      if (tables.lease !== undefined) report('L1', `${name} was suspended for all other workers`);
    } else if (task.status !== 'suspended' || !isKnown) {
      report('S3', `${name} was ${task.status} and was resumed`);
    } else if (!isCurable(task)) {
      report('S3', `${name} was resumed, and is suspended for another reason`);
    }
  },
  cancel({ name, before, after }, _moment, report, tables) {
    if (!before.task) report('S6', `${name} was cancelled after its end`);
    if (before.task && tables.isHeld(before.task)) {
      report('S3', `${name} was cancelled under an open transaction`);
    }
    const raised = (after.execution?.fence ?? 0) > (before.task?.fence ?? 0);
    if (!raised) report('S2', `${name} was cancelled under the fence of its owner`);
  },
  retry({ name, before, after }, _moment, report) {
    if (before.execution?.status !== 'failed')
      report('S6', `${name} was retried, and had not failed`);
    if (after.task?.status !== 'pending') report('S7', `${name} was retried, and is not pending`);
  },
  find: nothing,
  foresee: nothing,
  statement: nothing,
  'roll-back': nothing,
};

function nothing({ name }: Change, moment: Moment, report: Report): void {
  report('S3', `${name} was changed by a ${moment.subject.kind}`);
}

const isOwner = (owner: TransactionOwner, task: TaskRow | undefined): boolean =>
  task !== undefined &&
  task.fence === owner.fence &&
  task.run === owner.run &&
  task.workerId === owner.workerId;

function leavesAsSaid(
  { departure }: Transition,
  task: TaskRow | undefined,
  now: number,
  name: string,
  report: Report,
): void {
  if (departure?.kind === 'park' || departure?.kind === 'release') {
    if (task?.visibleAt !== now + departure.delay) {
      report('L1', `${name} is due at another time than its owner said`);
    }
  }
  if (departure?.kind !== 'end' && task?.workerId !== undefined) {
    report('L1', `${name} was left, and still belongs to ${task.workerId}`);
  }
}

/** What has waited longest comes first, and nobody gets more than he can run. */
function claimIsFair(
  { subject, result, now, changes }: Moment,
  report: Report,
  tables: ModelTables,
): void {
  const { request } = subject as OfKind<'claim'>;
  const claimed = result as readonly OwnedExecution[];
  if (claimed.length > request.limit) report('claim', `a claim of ${request.limit} took more`);
  const hasRoom = claimed.length < request.limit;
  const latest = Math.max(...changes.map(({ before }) => before.task?.visibleAt ?? 0));
  for (const task of tables.tasks.values()) {
    if (!isClaimable(task, request.capabilities, now, tables)) continue;
    if (hasRoom || task.visibleAt < latest) {
      report('L2', `${nameOf(task)} has been due for longer, and a claim passed it over`);
    }
  }
}

const isClaimable = (
  task: TaskRow,
  capabilities: readonly string[],
  now: number,
  tables: ModelTables,
): boolean =>
  task.visibleAt <= now && capabilities.includes(task.capability) && !tables.isHeld(task);

function lostAreTold({ subject, result }: Moment, report: Report, tables: ModelTables): void {
  const { held, workerId } = subject as OfKind<'extend'>;
  if (tables.lease === undefined) return;
  const lost = new Set((result as readonly HeldTask[]).map((key) => `${nameOf(key)} ${key.fence}`));
  for (const key of held) {
    const task = tables.tasks.get(nameOf(key));
    const isOwn = task?.fence === key.fence && task.workerId === workerId;
    if (isOwn === lost.has(`${nameOf(key)} ${key.fence}`)) {
      report('S3', `${workerId} was told that ${nameOf(key)} is ${isOwn ? 'lost' : 'its own'}`);
    }
  }
}

/** Too early wakes for nothing, too late lets others wait for a poll. */
function nextIsForeseen(
  { subject, result, now }: Moment,
  report: Report,
  tables: ModelTables,
): void {
  const { capabilities, horizon } = subject as OfKind<'foresee'>;
  let next = Infinity;
  for (const { capability, visibleAt } of tables.tasks.values()) {
    if (capabilities.includes(capability)) next = Math.min(next, visibleAt);
  }
  const expected = next <= now + horizon ? Math.max(0, next - now) : undefined;
  if (result !== expected) {
    report('L2', `work is due in ${expected} ms, and was foreseen in ${String(result)} ms`);
  }
}

function lockIsOwn({ subject, result, life, taskBefore }: Moment, report: Report): void {
  const { locks } = subject as OfKind<'statement'>;
  if (locks && result === true && !isOwner(locks, taskBefore(nameOf(locks)))) {
    report('S3', `${life.name} locked ${nameOf(locks)}, which it does not own`);
  }
}

function curableGoOn({ subject }: Moment, report: Report, tables: ModelTables): void {
  const { capabilities } = subject as OfKind<'match'>;
  for (const task of tables.tasks.values()) {
    if (task.status === 'suspended' && isCurable(task) && capabilities.includes(task.capability)) {
      report('L1', `${nameOf(task)} stays suspended, although its definition is known`);
    }
  }
}

const isCurable = ({ reason }: TaskRow): boolean =>
  /^(DEFINITION|TENANT)_MISSING:/.test(reason ?? '');

/** Checkpoints and failed attempts are those of the owner. */
function writtenByOwner({ subject, added, taskBefore, life }: Moment, report: Report): void {
  for (const row of added) {
    const task = taskBefore(nameOf(row));
    if (subject.kind !== 'flush' && subject.kind !== 'commit') {
      report('S3', `a ${subject.kind} wrote steps`);
    } else if (!isOwner({ ...row, workerId: life.workerId }, task)) {
      report(
        'S3',
        `${life.name} wrote ${row.stepId} of ${nameOf(row)} under the fence ${row.fence}`,
      );
    }
  }
}
