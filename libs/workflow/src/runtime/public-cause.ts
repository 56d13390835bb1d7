import { chainOf, LOST_CONNECTION } from './fault-chain.js';

/** What the codes of databases, drivers and networks say, for people; the first that fits. */
const MEANINGS: readonly (readonly [RegExp, string])[] = [
  [/^ECONNREFUSED$/, 'It accepts no connections'],
  [/^(ENOTFOUND|EAI_[A-Z]+)$/, 'Its host name is not known'],
  [/^(EHOST|ENET)[A-Z]+$/, 'There is no way to its host'],
  [/^(ETIMEDOUT|SQLITE_CHECKOUT_TIMED_OUT)$/, 'No connection came in time'],
  [/^(ECONN[A-Z]+|EPIPE|08[0-9A-Z]{3})$/, 'The connection failed'],
  [/^57P0[12]$/, 'It was shut down'],
  [/^57P03$/, 'It is starting up, or shutting down'],
  [/^53300$/, 'It has no connection left'],
  [/^(53100|SQLITE_FULL)$/, 'Its disk is full'],
  [/^53[0-9A-Z]{3}$/, 'Its resources are used up'],
  [/^(25006|SQLITE_READONLY(_[A-Z]+)?)$/, 'It is read-only'],
  [/^25P03$/, 'A transaction was silent for too long'],
  [/^57014$/, 'A statement took too long'],
  [/^(55P03|SQLITE_BUSY(_[A-Z]+)?)$/, 'A lock was not free in time'],
  [/^40[0-9A-Z]{3}$/, 'Transactions were in conflict'],
  [/^SQLITE_IOERR(_[A-Z]+)?$/, 'Its disk does not read or write'],
  [/^28[0-9A-Z]{3}$/, 'It refuses the credentials'],
  [/^3D000$/, 'It does not exist'],
  [/^42501$/, 'It refuses the permission'],
  [/^([0-9][0-9A-Z]{4}|SQLITE_[A-Z_]+)$/, 'It refuses the statement'],
];

/**
 * Why the database failed, in words that may be shown to anybody: never what the driver says, which
 * may name hosts and quote values. Empty when nothing is known that may be told.
 */
export function publicCause(error: unknown): string {
  const chain = chainOf(error);
  for (const { code } of chain) {
    const meaning = MEANINGS.find(([codes]) => codes.test(code));
    if (meaning) return `${meaning[1]} (${code}).`;
  }
  return chain.some(({ message }) => LOST_CONNECTION.test(message)) ? 'The connection failed.' : '';
}
