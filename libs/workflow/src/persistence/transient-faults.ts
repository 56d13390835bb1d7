/** States in which the same statement may succeed a moment later. */
const TRANSIENT_STATES = new Set([
  '40001', // serialization failure
  '40P01', // deadlock
  '55P03', // lock not available
  '57014', // statement timeout
  '57P01', // admin shutdown
  '57P02', // crash shutdown
  '57P03', // cannot connect now
  '53300', // too many connections
  '25P03', // idle in a transaction for too long
  '25006', // read-only transaction: a standby that is being promoted
  '53100', // disk full
  'SQLITE_BUSY',
  'SQLITE_FULL',
  'SQLITE_IOERR',
  'SQLITE_CHECKOUT_TIMED_OUT',
]);

/** Class 08: connection exceptions. */
const CONNECTION_CLASS = /^08/;

const NETWORK_CODES = /^(ECONN|EPIPE|ETIMEDOUT|EHOST|ENET|ENOTFOUND|EAI_)/;

/** What the driver says when a connection went away under a statement; it gives no code then. */
const LOST_CONNECTION =
  /connection terminated|connection ended|timeout exceeded|query read timeout|client has encountered a connection error|not queryable|query runner already released/i;

/** Whether a failure says something of the moment, instead of what was asked. */
export function isTransient(error: unknown): boolean {
  for (
    let at: unknown = error, depth = 0;
    at !== undefined && at !== null && depth < 5;
    depth += 1
  ) {
    const { code, message, driverError, cause } = at as {
      code?: unknown;
      message?: unknown;
      driverError?: unknown;
      cause?: unknown;
    };
    if (typeof code === 'string' && isTransientCode(code)) return true;
    if (typeof message === 'string' && LOST_CONNECTION.test(message)) return true;
    at = driverError ?? cause;
  }
  return false;
}

const isTransientCode = (code: string): boolean =>
  TRANSIENT_STATES.has(code) ||
  CONNECTION_CLASS.test(code) ||
  NETWORK_CODES.test(code) ||
  // SQLite's extended codes add what exactly it was.
  /^SQLITE_(BUSY|FULL|IOERR)_/.test(code);
