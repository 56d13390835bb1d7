import { POINTS, type Point, type PointName } from './points.js';
import { Session, type Statement } from './session.js';

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

  /** What passes the failpoint on one connection. */
  session(): Session {
    return new Session((when, statement, transaction) => this.pass(when, statement, transaction));
  }

  private pass(when: Point['when'], statement: Statement, transaction: readonly string[]): void {
    const { point } = this;
    if (!point || point.when !== when || !matches(point, statement, transaction)) return;
    this.left -= 1;
    if (this.left !== 0) return;
    if (this.how === 'throw') throw new Error('The failpoint was reached.');
    process.kill(process.pid, 'SIGKILL');
    // The signal may arrive a moment later; nothing may happen until then.
    for (;;);
  }
}

function matches(
  { at, having, carrying }: Point,
  { text, values }: Statement,
  transaction: readonly string[],
): boolean {
  if (!at.test(text)) return false;
  if (having && !transaction.some((earlier) => having.test(earlier))) return false;
  if (carrying === undefined) return true;
  const column = values[carrying - 1];
  return [column].flat().some((value) => value !== undefined && value !== null);
}
