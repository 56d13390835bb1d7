import type { Rule } from './rule.js';

/** What holds of the rows of any one moment, whoever uses the store, and whatever is written to it. */
export const STORE_RULES: readonly Rule[] = [
  {
    invariant: 'S1',
    of: 'execution',
    breach: 'shares its idempotency key',
    sql: ({ tables }) => `(SELECT count(*) FROM ${tables.execution} o
      WHERE o.tenant_id = e.tenant_id AND o.workflow_id = e.workflow_id
        AND o.idempotency_key = e.idempotency_key) > 1`,
    breaks: ({ is }) => is.keyShared,
  },
  {
    invariant: 'S2',
    of: 'task',
    breach: 'has a fence that its execution has left behind',
    sql: () => `t.fence < e.fence OR t.run > 1 AND t.fence = e.fence`,
    breaks: ({ e, t }) => !!e && !!t && (t.fence < e.fence || (t.run > 1 && t.fence === e.fence)),
  },
  ...(['step', 'attempt'] as const).flatMap((of): Rule[] => [
    {
      invariant: 'S3',
      of,
      breach: 'was written under a fence that nobody had yet',
      sql: () => `w.fence < 1 OR w.fence > coalesce(t.fence, e.fence)`,
      breaks: ({ e, t, w }) => !!w && (w.fence < 1 || w.fence > ((t ?? e)?.fence ?? Infinity)),
    },
    {
      invariant: 'S3',
      of,
      breach: 'was written under a fence of another run',
      sql: () => `t.run > 1 AND (w.run = t.run AND w.fence <= e.fence
        OR w.run < t.run AND w.fence > e.fence)`,
      breaks: ({ e, t, w }) =>
        !!e &&
        !!t &&
        !!w &&
        t.run > 1 &&
        w.run <= t.run &&
        (w.run === t.run) === w.fence <= e.fence,
    },
    {
      invariant: 'S4',
      of,
      breach: 'is of a run that has not begun',
      sql: () => `w.run < 1 OR w.run > e.run`,
      breaks: ({ e, w }) => !!w && (w.run < 1 || w.run > (e?.run ?? Infinity)),
    },
    {
      invariant: 'S4',
      of,
      breach: 'is there more than once',
      sql: ({ tables }) => `(SELECT count(*) FROM ${tables[of]} o
        WHERE o.tenant_id = w.tenant_id AND o.execution_id = w.execution_id
          AND o.step_id = w.step_id AND o.run = w.run
          ${of === 'attempt' ? 'AND o.attempt = w.attempt' : ''}) > 1`,
      breaks: ({ is }) => is.placeShared,
    },
    {
      invariant: 'S14',
      of,
      breach: 'belongs to no execution of its tenant',
      sql: () => `e.id IS NULL`,
      breaks: ({ e }) => e === undefined,
    },
  ]),
  {
    invariant: 'S6',
    of: 'execution',
    breach: 'has ended and has a task',
    sql: () => `e.status <> 'pending' AND t.tenant_id IS NOT NULL`,
    breaks: ({ e, t }) => e?.status !== 'pending' && t !== undefined,
  },
  {
    invariant: 'S6',
    of: 'execution',
    breach: 'has ended without a time, or has a time without an end',
    sql: () => `(e.status = 'pending') = (e.finished_at IS NOT NULL)`,
    breaks: ({ e }) => (e?.status === 'pending') === (e?.finishedAt !== undefined),
  },
  {
    invariant: 'S6',
    of: 'execution',
    breach: 'has not ended and has something of an end',
    sql: () => `e.status = 'pending' AND coalesce(e.output, e.errors, e.message) IS NOT NULL
      OR e.status = 'pending' AND e.status_code IS NOT NULL`,
    breaks: ({ e }) =>
      e?.status === 'pending' &&
      [e.output, e.errors, e.message, e.statusCode].some((word) => word !== undefined),
  },
  {
    invariant: 'S7',
    of: 'execution',
    breach: 'has not ended and has no task',
    sql: () => `e.status = 'pending' AND t.tenant_id IS NULL`,
    breaks: ({ e, t }) => e?.status === 'pending' && t === undefined,
  },
  {
    invariant: 'S7',
    of: 'task',
    breach: 'is of another run or capability than its execution',
    sql: () => `t.run <> e.run OR t.capability <> e.capability`,
    breaks: ({ e, t }) => !!e && (t?.run !== e.run || t.capability !== e.capability),
  },
  {
    invariant: 'S14',
    of: 'task',
    breach: 'belongs to no execution of its tenant',
    sql: () => `e.id IS NULL`,
    breaks: ({ e }) => e === undefined,
  },
  {
    invariant: 'L1',
    of: 'task',
    breach: 'is neither due, nor timed, nor owned, nor suspended for a reason',
    sql: ({ never, owned }) => `NOT CASE t.status
      WHEN 'running' THEN t.worker_id IS NOT NULL AND ${owned}
      WHEN 'suspended' THEN t.worker_id IS NULL AND t.reason IS NOT NULL AND t.visible_at = ${never}
      ELSE t.status IN ('pending', 'waiting') AND t.worker_id IS NULL AND t.visible_at < ${never}
      END`,
    breaks: ({ t }) => {
      const { status, workerId, reason, visibleAt = 0 } = t ?? {};
      if (status === 'running') return workerId === undefined;
      if (workerId !== undefined) return true;
      return status === 'suspended'
        ? reason === undefined || visibleAt !== Infinity
        : visibleAt === Infinity;
    },
  },
  {
    invariant: 'L1',
    of: 'task',
    breach: 'has a reason to be suspended and is not',
    sql: () => `t.status <> 'suspended' AND t.reason IS NOT NULL`,
    breaks: ({ t }) => t?.status !== 'suspended' && t?.reason !== undefined,
  },
  {
    invariant: 'L3',
    of: 'task',
    breach: 'counts less than no claims',
    sql: () => `t.claims < 0`,
    breaks: ({ t }) => !!t && t.claims < 0,
  },
];
