/** Where a worker can be made to fail. */
export interface Point {
  /** `sent`: the server has it, and nobody waits for its answer. */
  readonly when: 'before' | 'sent' | 'after';
  /** The statement, or `effect` for the moment in which a step acts. */
  readonly at: RegExp;
  /** A statement that was executed earlier in the same transaction. */
  readonly having?: RegExp;
  /** Number of a value, or of a column, that must not be empty: a batch names what it does not write, too. */
  readonly carrying?: number;
}

const CREATE = /INSERT INTO workflow_execution/;
const CREATE_TASK = /INSERT INTO workflow_task/;
const CHECKPOINT = /INSERT INTO workflow_step/;
const ATTEMPT = /INSERT INTO workflow_attempt/;
const CLAIM = /UPDATE workflow_task(?: t)?\s+SET status = 'running'/;
const PARK = /UPDATE workflow_task\s+SET status = 'waiting'/;
const RELEASE =
  /UPDATE workflow_task\s+SET status = 'pending', worker_id = NULL, fence = fence \+ 1, claims/;
const DELETE_TASK = /^DELETE FROM workflow_task/;
const END = /^UPDATE workflow_execution\s+SET status = [?$]4/;
const RECOVER = /WHERE worker_id IS NOT NULL/;
const MATCH = /reason LIKE/;
const RETRY = /UPDATE workflow_execution\s+SET status = 'pending', run = run \+ 1/;
const MIGRATED = /INSERT INTO workflow_migration/;
const TRANSFER = /INSERT INTO transfer/;

/** A batch of PostgreSQL is one statement and a commit of its own: nothing is between its moments. */
type BatchPoints<N extends string> = Readonly<
  Record<`${N}.${'send' | 'sent' | 'answered'}`, Point>
>;

const batchPoints = <N extends string>(name: N, point: Omit<Point, 'when'>): BatchPoints<N> =>
  ({
    [`${name}.send`]: { ...point, when: 'before' },
    [`${name}.sent`]: { ...point, when: 'sent' },
    [`${name}.answered`]: { ...point, when: 'after' },
  }) as BatchPoints<N>;

const STAY = /checkpoints AS(?!.* (?:gone|parked|released|suspended) AS)/s;

/** Every point by the name that `FAIL_AT` uses. */
export const POINTS = {
  'start.begin': { when: 'before', at: /^BEGIN/ },
  'start.execution-inserted': { when: 'after', at: CREATE },
  'start.task-inserted': { when: 'after', at: CREATE_TASK },
  'start.commit': { when: 'before', at: /^COMMIT/, having: CREATE },
  'start.committed': { when: 'after', at: /^COMMIT/, having: CREATE },

  'step.before-effect': { when: 'before', at: /^effect/ },
  'step.after-effect': { when: 'after', at: /^effect/ },
  'checkpoint.insert': { when: 'before', at: CHECKPOINT },
  'checkpoint.inserted': { when: 'after', at: CHECKPOINT },
  'checkpoint.commit': { when: 'before', at: /^COMMIT/, having: CHECKPOINT },
  'checkpoint.committed': { when: 'after', at: /^COMMIT/, having: CHECKPOINT },

  'claim.update': { when: 'before', at: CLAIM },
  'claim.updated': { when: 'after', at: CLAIM },
  'claim.commit': { when: 'before', at: /^COMMIT/, having: CLAIM },
  'claim.commit-sent': { when: 'sent', at: /^COMMIT/, having: CLAIM },
  'claim.committed': { when: 'after', at: /^COMMIT/, having: CLAIM },

  'attempt.insert': { when: 'before', at: ATTEMPT },
  'attempt.inserted': { when: 'after', at: ATTEMPT },
  'park.updated': { when: 'after', at: PARK },
  'park.committed': { when: 'after', at: /^COMMIT/, having: PARK },

  'end.task-deleted': { when: 'after', at: DELETE_TASK },
  'end.updated': { when: 'after', at: END },
  'end.commit': { when: 'before', at: /^COMMIT/, having: END },
  'end.commit-sent': { when: 'sent', at: /^COMMIT/, having: END },
  'end.committed': { when: 'after', at: /^COMMIT/, having: END },

  'recovery.begin': { when: 'before', at: RECOVER },
  'recovery.updated': { when: 'after', at: RECOVER },
  'recovery.committed': { when: 'after', at: /^COMMIT/, having: RECOVER },
  'recovery.matched': { when: 'after', at: MATCH },

  'migration.first-table': { when: 'after', at: /CREATE TABLE IF NOT EXISTS workflow_migration/ },
  'migration.half-way': { when: 'after', at: /CREATE TABLE workflow_task/ },
  'migration.noted': { when: 'after', at: MIGRATED },
  'migration.commit-sent': { when: 'sent', at: /^COMMIT/, having: MIGRATED },
  'migration.committed': { when: 'after', at: /^COMMIT/, having: MIGRATED },

  'release.updated': { when: 'after', at: RELEASE },
  'release.committed': { when: 'after', at: /^COMMIT/, having: RELEASE },

  'transaction.commit': { when: 'before', at: /^COMMIT/, having: TRANSFER },
  'transaction.commit-sent': { when: 'sent', at: /^COMMIT/, having: TRANSFER },
  'transaction.committed': { when: 'after', at: /^COMMIT/, having: TRANSFER },

  'retry.updated': { when: 'after', at: RETRY },
  'retry.commit-sent': { when: 'sent', at: /^COMMIT/, having: RETRY },
  'retry.committed': { when: 'after', at: /^COMMIT/, having: RETRY },

  ...batchPoints('start', { at: /created AS \(/ }),
  ...batchPoints('checkpoint', { at: STAY, carrying: 7 }),
  ...batchPoints('attempt', { at: /attempts AS \(/, carrying: 20 }),
  ...batchPoints('park', { at: /parked AS \(/ }),
  ...batchPoints('release', { at: /released AS \(/ }),
  ...batchPoints('end', { at: /\bended AS \(/ }),
} as const satisfies Record<string, Point>;

export type PointName = keyof typeof POINTS;
