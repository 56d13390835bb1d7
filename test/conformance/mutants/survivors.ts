/** Mutants that nobody notices, and why what they leave away changes nothing for the protocol. */
export interface Explanation {
  /** Names of mutants. */
  readonly mutants: readonly string[];
  readonly because: string;
}

export const SURVIVORS: readonly Explanation[] = [
  {
    because:
      'It reads more than was asked for; the reader looks its own up by tenant, workflow and key, or by tenant and id.',
    mutants: [
      'postgres findExisting: WHERE tenant_id = k.tenant_id',
      'postgres findExisting: WHERE id = k.id',
      'postgres findExisting: WHERE tenant_id = k.tenant_id #2',
      'postgres findExisting: WHERE workflow_id = k.workflow_id',
      'postgres findExisting: WHERE idempotency_key = k.idempotency_key',
    ],
  },
  {
    because: 'A fence belongs to one run: whoever names the fence has named the run.',
    mutants: [
      'postgres findOwnCheckpoint: WHERE run = $4',
      'postgres findOwnEnds: run of USING (tenant_id, id, fence, run) for e',
      'sqlite findOwnCheckpoint: WHERE run = ?4',
      'sqlite findOwnEnd: WHERE run = ?4',
    ],
  },
  {
    because:
      'The one process of the file still has the connection of the step: nobody else can have written it meanwhile.',
    mutants: ['sqlite findOwnCheckpoint: WHERE fence = ?5'],
  },
  {
    because: 'The task of an owner, who keeps it for life, is never due already.',
    mutants: ['sqlite suspend: SET visible_at = 253402300799999'],
  },
  {
    because:
      'It only says whether a claim is worth its transaction; the claim asks all of it again, and takes nothing if nothing fits.',
    mutants: [
      'postgres findDue: WHERE capability = ANY ($2::text[])',
      'postgres findDue: ORDER BY visible_at',
      'postgres findDue: LIMIT $3',
      'sqlite findDue: WHERE capability IN (SELECT value FROM json_each(?2))',
      'sqlite findDue: ORDER BY visible_at',
      'sqlite findDue: LIMIT ?3',
    ],
  },
  {
    because:
      'Left to itself the database goes through the index of what is due, which has this order; the order turned round is noticed.',
    mutants: [
      'postgres findNextDue: ORDER BY visible_at',
      'sqlite findNextDue: ORDER BY visible_at',
    ],
  },
  {
    because: 'The reader takes the first row; the limit only spares the others.',
    mutants: ['postgres findNextDue: LIMIT 1', 'sqlite findNextDue: LIMIT 1'],
  },
  {
    because:
      'A query that locks rows, writes, or is read twice is never folded into the one that reads it; the word says so aloud.',
    mutants: [
      'postgres stay: MATERIALIZED',
      'postgres advance: MATERIALIZED',
      'postgres advanceOne: MATERIALIZED',
      'postgres end: MATERIALIZED',
      'postgres finish: MATERIALIZED',
      'postgres finishOne: MATERIALIZED',
      'postgres park: MATERIALIZED',
      'postgres release: MATERIALIZED',
      'postgres suspend: MATERIALIZED',
      'postgres claim: MATERIALIZED',
      'postgres heartbeat: MATERIALIZED',
    ],
  },
  {
    because:
      'Since a claim without an answer only the recovery can have changed the task, which raises the fence and takes the owner away: each of the two conditions stands for the other.',
    mutants: [
      'sqlite disown: WHERE worker_id IS NOT NULL',
      'sqlite disown: fence of (tenant_id, execution_id, fence) IN',
    ],
  },
  {
    because: 'Nobody owns what waits or is due: there is no owner to take away.',
    mutants: ['sqlite suspendUnknown: SET worker_id = NULL'],
  },
  {
    because: 'What failed has no output, and is not degraded.',
    mutants: [
      'postgres retryExecution: SET output = NULL',
      'postgres retryExecution: SET degraded = false',
      'sqlite retryExecution: SET output = NULL',
      'sqlite retryExecution: SET degraded = 0',
    ],
  },
  {
    because: 'It reads more than was asked for; the reader looks its own up by tenant and id.',
    mutants: [
      'postgres claimedExecutions: ON e.tenant_id = k.tenant_id',
      'postgres claimedExecutions: ON e.id = k.execution_id',
      'postgres checkpointsOf: WHERE e.tenant_id = $1',
      'postgres checkpointsOf: ON s.tenant_id = e.tenant_id',
    ],
  },
  {
    because:
      'While the step holds its task for share nobody raises the fence or begins a run: only the owner can have left, which the worker says.',
    mutants: [
      'postgres insertOwnCheckpoint: WHERE t.fence = $4::bigint',
      'postgres insertOwnCheckpoint: WHERE t.run = $5::int',
    ],
  },
  {
    because:
      'The planner joins few rows in the order of their key by itself, but need not; the order turned round is noticed.',
    mutants: ['postgres heartbeat: ORDER BY t.tenant_id, t.execution_id'],
  },
  {
    because:
      'Left to itself SQLite goes through the index it searches, which has this order; the order turned round is noticed.',
    mutants: ['sqlite claim: ORDER BY visible_at', 'sqlite list: e.id DESC of ORDER BY'],
  },
  {
    because: 'It only says whether a claim is worth its transaction: any row will do.',
    mutants: [
      'sqlite findDue: ORDER BY visible_at, reversed',
      'postgres findDue: ORDER BY visible_at, reversed',
    ],
  },
  {
    because: 'Only what is suspended has a reason, which an invariant says.',
    mutants: [
      "sqlite resumeKnown: WHERE status = 'suspended'",
      "postgres resumeKnown: WHERE status = 'suspended'",
    ],
  },
  {
    because:
      'No task is there before its execution is, and what is sent at once names each execution once.',
    mutants: [
      'postgres create: ON CONFLICT DO NOTHING #2',
      'postgres createOne: ON CONFLICT DO NOTHING #2',
    ],
  },
  {
    because:
      'The step found its task when its transaction began, and has the one connection until it ends.',
    mutants: [
      'sqlite insertOwnCheckpoint: WHERE tenant_id = ?2',
      'sqlite insertOwnCheckpoint: WHERE execution_id = ?3',
      'sqlite insertOwnCheckpoint: WHERE fence = ?4',
      'sqlite insertOwnCheckpoint: WHERE run = ?5',
      'sqlite insertOwnCheckpoint: WHERE worker_id = ?6',
    ],
  },
  {
    because: 'A lone record has no other that it could be taken for.',
    mutants: [
      'postgres finishOne: WHERE e.tenant_id = held.tenant_id',
      'postgres finishOne: WHERE e.id = held.execution_id',
    ],
  },
  {
    because:
      'The deletion takes the lock by itself, before the checkpoints are written: of the writing queries in a statement PostgreSQL carries out the last one first.',
    mutants: [
      'postgres end: FOR UPDATE, as NO KEY UPDATE',
      'postgres finish: FOR UPDATE, as NO KEY UPDATE',
      'postgres finishOne: FOR UPDATE, as NO KEY UPDATE',
    ],
  },
  {
    because:
      'The planner joins in the order of the array by itself, but need not; the order turned round is noticed.',
    mutants: [
      'postgres stay: ORDER BY n.mention',
      'postgres end: ORDER BY n.mention',
      'postgres park: ORDER BY n.mention',
      'postgres release: ORDER BY n.mention',
      'postgres suspend: ORDER BY n.mention',
    ],
  },
  {
    because:
      'A list by the status of the task asks three times for the tenant; any two imply the third.',
    mutants: [
      'postgres list: WHERE t.tenant_id = ?',
      'postgres list: ON e.tenant_id = t.tenant_id',
      'sqlite list: WHERE t.tenant_id = ?',
      'sqlite list: ON e.tenant_id = t.tenant_id',
    ],
  },
  {
    because:
      'Whoever has left has either set the count to nothing or raised the fence, under which nothing is written yet.',
    mutants: ['postgres claim: WHEN t.worker_id IS NOT NULL'],
  },
];
