import type { TableNames } from '../../table-names.js';
import {
  columns,
  epochOf,
  LINE,
  milliseconds,
  moment,
  momentOf,
  values,
} from './postgres.expressions.js';

/** How records are given to a statement. */
interface Given {
  /** Rows of them, the place of each as the last column. */
  rows(first: number, types: readonly string[]): string;
  /** Their order, where there are several. */
  order(columns: string): string;
  /** Whether a row with these columns is of an owner: a bound for its index, whatever is planned. */
  isNamed(tenant: string, execution: string): string;
  /** Whether the task `t` is one of those that are held. */
  readonly isHeld: string;
}

/** A column is an array with one value per record, or a text with a line for each. */
const MANY: Given = {
  rows: (first, types) => `unnest(${columns(first, types)}) WITH ORDINALITY`,
  order: (by) => `ORDER BY ${by}`,
  isNamed: (tenant, execution) =>
    `${tenant} = ANY ($2::text[]) AND ${execution} = ANY ($3::uuid[])`,
  // No join with what is held. The text names both, as two tenants may have an execution of one id.
  isHeld: `t.tenant_id || ' ' || t.execution_id
            = ANY (ARRAY (SELECT held.tenant_id || ' ' || held.execution_id FROM held))`,
};

/** A lone record, without arrays to take apart, to sort and to join: it costs a third. */
const ONE: Given = {
  rows: (first, types) => `(VALUES (${values(first, types)}, 1))`,
  order: () => '',
  isNamed: (tenant, execution) => `${tenant} = $2::text AND ${execution} = $3::uuid`,
  isHeld: `EXISTS (SELECT 1 FROM held)`,
};

const NEW_EXECUTION = [
  'text',
  'uuid',
  'text',
  'text',
  'text',
  'text',
  'text',
  'text',
  'text',
  LINE,
  LINE,
];

/** Who says it. `$1` is the offset of the clock. */
const OWNER = ['text', 'uuid', 'bigint', 'int', 'uuid'];
const CHECKPOINT = [
  'text',
  'text',
  'int',
  LINE,
  LINE,
  'int',
  'text',
  LINE,
  LINE,
  LINE,
  'float8',
  'float8',
];
const ATTEMPT = ['text', 'int', 'text', 'float8', 'float8', 'float8'];
const END = ['text', LINE, LINE, 'int', 'text', 'boolean'];

const OWNER_COLUMNS = 'tenant_id, execution_id, fence, run, worker_id';
const CHECKPOINT_COLUMNS = `step_id, status, attempts, output, errors, status_code, reason, writes, audit,
            usage, started_at, finished_at`;
const END_COLUMNS = 'end_status, end_output, end_errors, end_status_code, message, degraded';

/** Columns of a row set, and their types. */
interface RowShape {
  readonly types: readonly string[];
  readonly columns: string;
}

const OWNER_ALONE: RowShape = { types: OWNER, columns: OWNER_COLUMNS };

/** An owner and the one checkpoint it has to say. */
const ADVANCE: RowShape = {
  types: [...OWNER, ...CHECKPOINT],
  columns: `${OWNER_COLUMNS}, ${CHECKPOINT_COLUMNS}`,
};

/** The same, and how the execution ends. */
const FINISH: RowShape = {
  types: [...ADVANCE.types, ...END],
  columns: `${ADVANCE.columns}, ${END_COLUMNS}`,
};

/** What is said apart from its owner, whatever is in it, names it by its position among them. */
const placed = (types: readonly string[]): readonly string[] => [
  'bigint',
  ...types.map((type) => (type === LINE ? 'text' : type)),
];

/** Numbers of the first parameters. */
const OWNER_AT = 2;
const CHECKPOINT_AT = OWNER_AT + OWNER.length;
const ATTEMPT_AT = CHECKPOINT_AT + placed(CHECKPOINT).length;
const DEPARTURE_AT = ATTEMPT_AT + placed(ATTEMPT).length;

/**
 * The statements of the journal on PostgreSQL: a batch is one statement, and a commit of its own. What
 * comes alone most often has the same statement for a single record.
 *
 * All run at READ COMMITTED, where a statement sees what was committed when it began, and of a row it
 * locks the latest version. So `held` may decide on the rows it locks, and everything else is decided
 * by `held` or by a unique key.
 */
export function postgresJournalStatements({ execution, task, step, attempt }: TableNames) {
  const { now, atWrite } = moment;

  // Whose fence still holds, and stays so until the commit. Locks are taken in the order of the key, so
  // that batches never wait for each other in a circle. Whoever raises a fence or ends an execution
  // waits for the transactional steps that stand on it; a checkpoint lets them pass. A look-up for each
  // owner: the table is all but empty whenever it is analysed, and what is planned for an empty table
  // reads all of it, dead entries too.
  const held = (given: Given, lock: 'NO KEY UPDATE' | 'UPDATE', said = OWNER_ALONE): string => `
      held AS MATERIALIZED (
        SELECT h.*
        FROM (
          SELECT * FROM ${given.rows(OWNER_AT, said.types)} AS u (${said.columns}, position)
          ${given.order('u.tenant_id, u.execution_id')}) h
        CROSS JOIN LATERAL (
          SELECT FROM ${task} k
          WHERE k.tenant_id = h.tenant_id AND k.execution_id = h.execution_id AND k.fence = h.fence
            AND k.run = h.run AND k.worker_id = h.worker_id
          FOR ${lock} OF k) t)`;

  // First writer wins: a checkpoint is never changed within a run.
  const checkpoints = (said: string, source: string): string => `
      checkpoints AS (
        INSERT INTO ${step} (tenant_id, execution_id, fence, run, ${CHECKPOINT_COLUMNS})
        SELECT held.tenant_id, held.execution_id, held.fence, held.run, ${said}.step_id, ${said}.status,
          ${said}.attempts, ${said}.output, ${said}.errors, ${said}.status_code, ${said}.reason,
          ${said}.writes, ${said}.audit, ${said}.usage, ${momentOf(`${said}.started_at`)},
          ${momentOf(`${said}.finished_at`)}
        FROM ${source}
        ON CONFLICT DO NOTHING)`;

  const checkpointsAndAttempts = `${checkpoints(
    'n',
    `${MANY.rows(CHECKPOINT_AT, placed(CHECKPOINT))} AS n (position, ${CHECKPOINT_COLUMNS}, mention)
        JOIN held USING (position)
        ORDER BY n.mention`,
  )},
      attempts AS (
        INSERT INTO ${attempt} (tenant_id, execution_id, fence, run, step_id, attempt, errors, started_at,
          finished_at, retry_at)
        SELECT held.tenant_id, held.execution_id, held.fence, held.run, n.step_id, n.attempt, n.errors,
          ${momentOf('n.started_at')}, ${momentOf('n.finished_at')}, ${atWrite} + ${milliseconds('n.delay')}
        FROM unnest(${columns(ATTEMPT_AT, placed(ATTEMPT))}) AS n (position, step_id, attempt, errors, started_at, finished_at, delay)
        JOIN held USING (position)
        ON CONFLICT DO NOTHING)`;

  const change = (name: string, parameters: string, assignments: string): string => `
      ${name} AS (
        UPDATE ${task} t
        SET worker_id = NULL, ${assignments}
        FROM unnest(${parameters}) JOIN held USING (position)
        WHERE t.tenant_id = held.tenant_id AND t.execution_id = held.execution_id
          AND ${MANY.isNamed('t.tenant_id', 't.execution_id')})`;

  // What exists gives no row: its idempotency key, or it itself when an earlier answer was lost. In
  // the order of the keys: who waits for another's commit must not hold what that one waits for. Their
  // worker, `$3`, runs them at once; without one they wait for a claim.
  const create = (given: Given): string => `
      WITH created AS (
        INSERT INTO ${execution} (tenant_id, id, workflow_id, workflow_version, definition_hash,
          capability, user_id, idempotency_key, input_hash, input, context, status, run, fence, created_at)
        SELECT n.tenant_id, n.id, n.workflow_id, n.workflow_version, n.definition_hash, n.capability,
          n.user_id, n.idempotency_key, n.input_hash, n.input, n.context, 'pending', 1, 0, ${atWrite}
        FROM ${given.rows(4, NEW_EXECUTION)} AS n (tenant_id, id, workflow_id, workflow_version,
          definition_hash, capability, user_id, idempotency_key, input_hash, input, context, position)
        ${given.order('n.tenant_id, n.workflow_id, n.idempotency_key, n.position')}
        ON CONFLICT DO NOTHING
        RETURNING tenant_id, id, capability, created_at),
      tasks AS (
        INSERT INTO ${task} (tenant_id, execution_id, capability, worker_id, queue, priority, visible_at,
          status, fence, claims, run)
        SELECT tenant_id, id, capability, $3::uuid, 'default', 0,
          CASE WHEN $3::uuid IS NULL THEN ${now} ELSE ${atWrite} + ${milliseconds('$2::float8')} END,
          CASE WHEN $3::uuid IS NULL THEN 'pending' ELSE 'running' END,
          CASE WHEN $3::uuid IS NULL THEN 0 ELSE 1 END,
          CASE WHEN $3::uuid IS NULL THEN 0 ELSE 1 END, 1
        FROM created
        ON CONFLICT DO NOTHING)
      SELECT tenant_id, id, ${epochOf('created_at')} AS created_at FROM created`;

  const stay = (written: string): string => `
      WITH ${written}
      SELECT position, ${epochOf(atWrite)} AS at FROM held`;

  const end = (given: Given, written: string, said: string, source: string): string => `
      WITH ${written},
      gone AS (
        DELETE FROM ${task} t
        WHERE ${given.isNamed('t.tenant_id', 't.execution_id')} AND ${given.isHeld}),
      ended AS (
        UPDATE ${execution} e
        SET status = ${said}.end_status, output = ${said}.end_output, errors = ${said}.end_errors,
          status_code = ${said}.end_status_code, message = ${said}.message, degraded = ${said}.degraded,
          fence = held.fence, finished_at = ${atWrite}
        FROM ${source}
        WHERE e.tenant_id = held.tenant_id AND e.id = held.execution_id
          AND ${given.isNamed('e.tenant_id', 'e.id')}
        RETURNING held.position, e.finished_at)
      SELECT position, ${epochOf('finished_at')} AS at FROM ended`;

  // What is most often said has no joins: a row is an owner with its one checkpoint.
  const advance = (given: Given): string =>
    stay(`${held(given, 'NO KEY UPDATE', ADVANCE)},${checkpoints('held', 'held')}`);

  const finish = (given: Given): string =>
    end(given, `${held(given, 'UPDATE', FINISH)},${checkpoints('held', 'held')}`, 'held', 'held');

  return {
    create: create(MANY),
    createOne: create(ONE),

    advance: advance(MANY),
    advanceOne: advance(ONE),

    finish: finish(MANY),
    finishOne: finish(ONE),

    stay: stay(`${held(MANY, 'NO KEY UPDATE')},${checkpointsAndAttempts}`),

    end: end(
      MANY,
      `${held(MANY, 'UPDATE')},${checkpointsAndAttempts}`,
      'n',
      `unnest(${columns(DEPARTURE_AT, placed(END))}) AS n (position, ${END_COLUMNS})
        JOIN held USING (position)`,
    ),

    // A statement of its own: only a new snapshot sees what the insert ran into.
    findExisting: `
      SELECT e.tenant_id, e.workflow_id, e.idempotency_key, e.id, e.input_hash,
        ${epochOf('e.created_at')} AS created_at
      FROM unnest(${columns(1, ['text', 'uuid', 'text', 'text'])}) AS k (tenant_id, id, workflow_id, idempotency_key)
      CROSS JOIN LATERAL (
        SELECT * FROM ${execution} WHERE tenant_id = k.tenant_id AND id = k.id
        UNION ALL
        SELECT * FROM ${execution}
        WHERE tenant_id = k.tenant_id AND workflow_id = k.workflow_id
          AND idempotency_key = k.idempotency_key) e`,

    park: `
      WITH ${held(MANY, 'NO KEY UPDATE')},${checkpointsAndAttempts},${change(
        'parked',
        `${columns(DEPARTURE_AT, ['bigint', 'float8'])}) AS n (position, delay`,
        `status = 'waiting', claims = 0, visible_at = ${atWrite} + ${milliseconds('n.delay')}`,
      )}
      SELECT position, ${epochOf(atWrite)} AS at FROM held`,

    // Given back in good order: a deploy is not a crash.
    release: `
      WITH ${held(MANY, 'UPDATE')},${checkpointsAndAttempts},${change(
        'released',
        `${columns(DEPARTURE_AT, ['bigint', 'float8'])}) AS n (position, delay`,
        `status = 'pending', fence = t.fence + 1, claims = t.claims - 1, visible_at = ${atWrite} + ${milliseconds('n.delay')}`,
      )}
      SELECT position, ${epochOf(atWrite)} AS at FROM held`,

    suspend: `
      WITH ${held(MANY, 'NO KEY UPDATE')},${checkpointsAndAttempts},${change(
        'suspended',
        `${columns(DEPARTURE_AT, ['bigint', 'text'])}) AS n (position, reason`,
        `status = 'suspended', reason = n.reason, claims = 0, visible_at = 'infinity'`,
      )}
      SELECT position, ${epochOf(atWrite)} AS at FROM held`,

    // What ended by our own hand, in a commit whose answer was lost.
    findOwnEnds: `
      SELECT k.position, ${epochOf('e.finished_at')} AS at
      FROM unnest(${columns(1, ['text', 'uuid', 'bigint', 'int'])}) WITH ORDINALITY
        AS k (tenant_id, id, fence, run, position)
      JOIN ${execution} e USING (tenant_id, id, fence, run)
      WHERE e.tenant_id = ANY ($1::text[]) AND e.id = ANY ($2::uuid[]) AND e.finished_at IS NOT NULL`,
  } as const;
}

export type PostgresJournalStatements = ReturnType<typeof postgresJournalStatements>;
