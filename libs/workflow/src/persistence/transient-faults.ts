import { chainOf, LOST_CONNECTION } from '../runtime/fault-chain.js';

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

/** States that say of some rows that somebody else keeps them, and nothing of the database. */
const CONTENDED_STATES = new Set(['55P03']);

/** Class 08: connection exceptions. */
const CONNECTION_CLASS = /^08/;

const NETWORK_CODES = /^(ECONN|EPIPE|ETIMEDOUT|EHOST|ENET|ENOTFOUND|EAI_)/;

/** Whether a failure says something of the moment, instead of what was asked. */
export const isTransient = (error: unknown): boolean =>
  chainOf(error).some(
    ({ code, message }) => isTransientCode(code) || LOST_CONNECTION.test(message),
  );

/** Whether a lock was not given in time: whoever does not ask for those rows gets on. */
export const isContended = (error: unknown): boolean =>
  chainOf(error).some(({ code }) => CONTENDED_STATES.has(code));

/** Whether nobody can say what became of the connection, or of what was asked on it. */
export const isConnectionLost = (error: unknown): boolean =>
  chainOf(error).some(
    ({ code, message }) => NETWORK_CODES.test(code) || LOST_CONNECTION.test(message),
  );

/** States in which the server serves nobody. */
const AWAY_STATES = new Set(['57P01', '57P02', '57P03']);

/** Whether a failure says that there was no database to ask. */
export const isDatabaseAway = (error: unknown): boolean =>
  isConnectionLost(error) || chainOf(error).some(({ code }) => AWAY_STATES.has(code));

const MISPLACED_STATEMENT_STATES = new Set([
  '26000', // prepared statement does not exist
  '42P05', // prepared statement exists already
]);

/** Whether a prepared statement is on another connection than the one it was asked for on. */
export const isStatementMisplaced = (error: unknown): boolean =>
  chainOf(error).some(({ code }) => MISPLACED_STATEMENT_STATES.has(code));

const isTransientCode = (code: string): boolean =>
  TRANSIENT_STATES.has(code) ||
  CONNECTION_CLASS.test(code) ||
  NETWORK_CODES.test(code) ||
  // SQLite's extended codes add what exactly it was.
  /^SQLITE_(BUSY|FULL|IOERR)_/.test(code);
