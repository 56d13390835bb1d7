import { WorkflowException } from '../../result/workflow.exception.js';
import type { Clock } from '../../runtime/clock.js';
import { SystemRandom } from '../../runtime/random.js';
import { patchInstance } from './instance-patch.js';
import { abandonTransaction, isInTransaction, type SqliteConnection } from './sqlite-driver.js';

/** Milliseconds between two attempts to get the file, on average. */
const RETRY_DELAY = 50;

const random = new SystemRandom();

/**
 * Takes the file of a connection until it closes, in WAL mode; false if somebody else has it. A
 * database in memory has no file and is always taken. The operating system frees the file of a
 * process that dies.
 *
 * Only `exec` is used: libsql keeps a connection, and its locks, past `close()` as long as a
 * prepared statement of it is not collected.
 *
 * While the file is held, the process must not open and close it by other means (a copy through
 * `fs`): POSIX drops all locks of a process on a file when it closes any descriptor of it.
 *
 * @see https://sqlite.org/pragma.html#pragma_locking_mode
 */
export const takeFile = (connection: SqliteConnection): boolean => {
  if (isInTransaction(connection)) return false;
  try {
    connection.exec('PRAGMA locking_mode = EXCLUSIVE');
    connection.exec('PRAGMA journal_mode = WAL');
    // The mode alone takes nothing: the lock comes with the first write and then stays.
    connection.exec('BEGIN EXCLUSIVE; COMMIT');
  } catch (error) {
    connection.exec('PRAGMA locking_mode = NORMAL');
    if (isBusy(error)) return false;
    throw error;
  }
  freeOnClose(connection);
  return true;
};

/**
 * Repeats an attempt to take a file until it answers true.
 *
 * @throws WorkflowException `DATABASE_LOCKED` after `lockTimeout` milliseconds
 */
export const untilTaken = async (
  file: string,
  clock: Clock,
  lockTimeout: number,
  attempt: () => Promise<boolean>,
): Promise<void> => {
  const start = clock.monotonic();
  while (!(await attempt())) {
    const left = start + lockTimeout - clock.monotonic();
    if (left <= 0) throw locked(file, lockTimeout);
    // Two that try in step would hinder each other every time.
    const delay = RETRY_DELAY * (0.5 + random.next());
    await new Promise<void>((resolve) => {
      clock.schedule(Math.min(delay, left), resolve);
    });
  }
};

/** Frees the file at the close, however many statements are still prepared. */
const freeOnClose = (connection: SqliteConnection): void => {
  const close = connection.close.bind(connection);
  const restore = patchInstance(connection, 'close', () => {
    restore();
    try {
      abandonTransaction(connection);
      // In WAL mode a connection has a lock as long as it lives.
      connection.exec('PRAGMA journal_mode = DELETE; PRAGMA locking_mode = NORMAL');
      // As with taking it, the lock goes with the next access.
      connection.exec('SELECT count(*) FROM sqlite_master');
    } catch {
      // A close that fails would be worse than a file that is free a little later.
    }
    return close();
  });
};

const isBusy = (error: unknown): boolean => {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && code.startsWith('SQLITE_BUSY');
};

const locked = (file: string, lockTimeout: number): WorkflowException =>
  new WorkflowException(
    'DATABASE_LOCKED',
    `The database file "${file}" is held by another connection and was not free within ` +
      `${lockTimeout} ms. Fix: stop the process that uses it, or configure another file.`,
    { retryable: true, details: { file, lockTimeout } },
  );
