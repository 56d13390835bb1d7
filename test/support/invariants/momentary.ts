import { nameOf } from '../model-store/model-tables.js';
import type { StoreDump } from '../model-store/store-dump.js';
import type { Rule, Subject, Written } from './rule.js';
import type { Violation } from './violation-view.js';

/** What {@link createViolationView} shows of the same rows. */
export function violationsOf(dump: StoreDump, rules: readonly Rule[]): Violation[] {
  const subjects = subjectsOf(dump);
  return rules.flatMap((rule) =>
    subjects[rule.of].flatMap((subject) =>
      rule.breaks(subject) ? [violationOf(rule, subject)] : [],
    ),
  );
}

function violationOf({ invariant, of, breach }: Rule, { e, t, w }: Subject): Violation {
  const row = { execution: e && { ...e, executionId: e.id }, task: t, step: w, attempt: w }[of];
  const what = {
    execution: 'The execution',
    task: 'The task',
    step: `The checkpoint of ${w?.stepId}`,
    attempt: `The attempt of ${w?.stepId}`,
  }[of];
  return {
    tenant_id: row?.tenantId ?? '',
    execution_id: row?.executionId ?? '',
    invariant,
    detail: `${what} ${breach}`,
  };
}

const NOTHING_BESIDE: Subject['is'] = {
  keyShared: false,
  placeShared: false,
  withoutPrevious: false,
  completedBefore: false,
};

function subjectsOf(dump: StoreDump): Readonly<Record<Rule['of'], readonly Subject[]>> {
  const executions = new Map(
    dump.executions.map((e) => [nameOf({ tenantId: e.tenantId, executionId: e.id }), e]),
  );
  const tasks = new Map(dump.tasks.map((task) => [nameOf(task), task]));
  const keys = countOf(dump.executions.map(keyOf));
  const checkpoints = countOf(dump.checkpoints.map(placeOf));
  const attempts = countOf(dump.attempts.map(placeOf));
  const completed = new Map<string, number>();
  for (const { status, run, ...row } of dump.checkpoints) {
    if (status !== 'completed') continue;
    const step = nameOf(row, row.stepId);
    completed.set(step, Math.min(run, completed.get(step) ?? run));
  }
  const written = (w: Written, is: Partial<Subject['is']>): Subject => {
    const e = executions.get(nameOf(w));
    return { e, t: e && tasks.get(nameOf(w)), w, is: { ...NOTHING_BESIDE, ...is } };
  };
  return {
    execution: [...executions].map(([name, e]) => ({
      e,
      t: tasks.get(name),
      is: { ...NOTHING_BESIDE, keyShared: (keys.get(keyOf(e)) ?? 0) > 1 },
    })),
    task: [...tasks].map(([name, t]) => ({ e: executions.get(name), t, is: NOTHING_BESIDE })),
    step: dump.checkpoints.map((w) =>
      written(w, {
        placeShared: (checkpoints.get(placeOf(w)) ?? 0) > 1,
        completedBefore: (completed.get(nameOf(w, w.stepId)) ?? w.run) < w.run,
      }),
    ),
    attempt: dump.attempts.map((w) =>
      written(w, {
        placeShared: (attempts.get(placeOf(w)) ?? 0) > 1,
        withoutPrevious: !attempts.has(placeOf({ ...w, attempt: w.attempt - 1 })),
      }),
    ),
  };
}

/** Undefined when it shares nothing with anybody. */
const keyOf = ({
  tenantId,
  workflowId,
  idempotencyKey,
}: StoreDump['executions'][number]): string | undefined =>
  idempotencyKey === undefined ? undefined : JSON.stringify([tenantId, workflowId, idempotencyKey]);

const placeOf = (row: Written): string =>
  nameOf(row, row.stepId, row.run, ...('attempt' in row ? [row.attempt] : []));

function countOf(names: readonly (string | undefined)[]): ReadonlyMap<string | undefined, number> {
  const counts = new Map<string | undefined, number>();
  for (const name of names) {
    if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}
