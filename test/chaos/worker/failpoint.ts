/** Where a worker can be made to fail. */
export interface Point {
  readonly when: 'before' | 'after';
  /** The statement, or `effect` for the moment in which a step acts. */
  readonly at: RegExp;
  /** A statement that was executed earlier in the same transaction. */
  readonly having?: RegExp;
}

const CREATE = /INSERT INTO workflow_execution/;
const CREATE_TASK = /INSERT INTO workflow_task/;
const CHECKPOINT = /INSERT INTO workflow_step/;
const ATTEMPT = /INSERT INTO workflow_attempt/;
const CLAIM = /UPDATE workflow_task\s+SET status = 'running'/;
const PARK = /UPDATE workflow_task\s+SET status = 'waiting'/;
const RELEASE =
  /UPDATE workflow_task\s+SET status = 'pending', worker_id = NULL, fence = fence \+ 1, claims/;
const DELETE_TASK = /DELETE FROM workflow_task/;
const END = /UPDATE workflow_execution\s+SET status = \?4/;
const RECOVER = /WHERE worker_id IS NOT NULL/;
const MATCH = /reason LIKE/;
const RETRY = /UPDATE workflow_execution\s+SET status = 'pending', run = run \+ 1/;
const MIGRATED = /INSERT INTO workflow_migration/;
const TRANSFER = /INSERT INTO transfer/;

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
  'claim.committed': { when: 'after', at: /^COMMIT/, having: CLAIM },

  'attempt.insert': { when: 'before', at: ATTEMPT },
  'attempt.inserted': { when: 'after', at: ATTEMPT },
  'park.updated': { when: 'after', at: PARK },
  'park.committed': { when: 'after', at: /^COMMIT/, having: PARK },

  'end.task-deleted': { when: 'after', at: DELETE_TASK },
  'end.updated': { when: 'after', at: END },
  'end.commit': { when: 'before', at: /^COMMIT/, having: END },
  'end.committed': { when: 'after', at: /^COMMIT/, having: END },

  'recovery.begin': { when: 'before', at: RECOVER },
  'recovery.updated': { when: 'after', at: RECOVER },
  'recovery.committed': { when: 'after', at: /^COMMIT/, having: RECOVER },
  'recovery.matched': { when: 'after', at: MATCH },

  'migration.first-table': { when: 'after', at: /CREATE TABLE IF NOT EXISTS workflow_migration/ },
  'migration.half-way': { when: 'after', at: /CREATE TABLE workflow_task/ },
  'migration.noted': { when: 'after', at: MIGRATED },
  'migration.committed': { when: 'after', at: /^COMMIT/, having: MIGRATED },

  'release.updated': { when: 'after', at: RELEASE },
  'release.committed': { when: 'after', at: /^COMMIT/, having: RELEASE },

  'transaction.commit': { when: 'before', at: /^COMMIT/, having: TRANSFER },
  'transaction.committed': { when: 'after', at: /^COMMIT/, having: TRANSFER },

  'retry.updated': { when: 'after', at: RETRY },
  'retry.committed': { when: 'after', at: /^COMMIT/, having: RETRY },
} as const satisfies Record<string, Point>;

export type PointName = keyof typeof POINTS;

/** What `FAIL_AT` means: the process dies at the n-th time, or the statement seems to fail. */
export interface Failure {
  readonly point: PointName;
  readonly time: number;
  readonly how: 'kill' | 'throw';
}

export const failureText = ({ point, time, how }: Failure): string => `${point}:${time}:${how}`;

/** Counts the passages of one point and fails at the one it was told. */
export class Failpoint {
  private point: Point | undefined;
  private left = 0;
  private how = '';
  private transaction: string[] | undefined;

  /** @param text `<point>:<n>:<kill|throw>`; without it nothing fails */
  constructor(text: string | undefined) {
    if (text) this.arm(text);
  }

  /** Begins to count the passages of a point. */
  arm(text: string): void {
    const [name = '', time, how = ''] = text.split(':');
    if (!Object.hasOwn(POINTS, name)) throw new RangeError(`"${name}" is not a failpoint`);
    this.point = POINTS[name as PointName];
    this.left = Number(time);
    this.how = how;
  }

  /** Whether what was armed last has happened. */
  get hasFailed(): boolean {
    return this.left <= 0;
  }

  /** Does something that may be the place of the failure. */
  around<T>(statement: string, work: () => T): T {
    const text = statement.trim();
    this.pass('before', text);
    const result = work();
    if (text.startsWith('BEGIN')) this.transaction = [];
    this.transaction?.push(text);
    this.pass('after', text);
    if (/^(COMMIT|ROLLBACK)/.test(text)) this.transaction = undefined;
    return result;
  }

  private pass(when: Point['when'], text: string): void {
    const { point } = this;
    if (!point || point.when !== when || !point.at.test(text)) return;
    const { having } = point;
    if (having && !this.transaction?.some((earlier) => having.test(earlier))) return;
    this.left -= 1;
    if (this.left !== 0) return;
    if (this.how === 'throw') throw new Error('The failpoint was reached.');
    process.kill(process.pid, 'SIGKILL');
    // The signal may arrive a moment later; nothing may happen until then.
    for (;;);
  }
}
