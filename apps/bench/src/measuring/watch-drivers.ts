import { createRequire } from 'node:module';
import pg from 'pg';
import type { SqliteConnection } from '../floors/sqlite-connection.js';

export type DriverConnection = pg.Client | SqliteConnection;

/** Is told of all that connections are told to run. */
export interface DriverWatch {
  sent(connection: DriverConnection, sql: string): void;
}

type Method = (this: object, ...values: unknown[]) => unknown;

type Sent = (connection: object, sql: string) => void;

const require = createRequire(import.meta.url);

/** Lets each of them see everything that this process tells `pg` and `libsql`. */
export function watchDrivers(...watches: readonly DriverWatch[]): void {
  const sent = (connection: object, sql: string): void => {
    for (const watch of watches) watch.sent(connection as DriverConnection, sql);
  };
  watchPg(sent);
  watchLibsql(sent);
}

function watchPg(sent: Sent): void {
  before(pg.Client.prototype, 'query', (client, query) => {
    const text = typeof query === 'string' ? query : (query as { text?: unknown }).text;
    sent(client, String(text));
  });
}

function watchLibsql(sent: Sent): void {
  const Libsql = require('libsql') as { readonly prototype: object };
  const origins = new WeakMap<object, { readonly connection: object; readonly sql: string }>();
  before(Libsql.prototype, 'exec', (connection, sql) => sent(connection, String(sql)));
  let statementsAreWatched = false;
  after(Libsql.prototype, 'prepare', (connection, [sql], statement) => {
    origins.set(statement, { connection, sql: String(sql) });
    if (statementsAreWatched) return;
    statementsAreWatched = true;
    // The class of the statements is not exported. `all` goes through `iterate`.
    for (const method of ['run', 'get', 'iterate']) {
      before(Object.getPrototypeOf(statement) as object, method, (instance) => {
        const origin = origins.get(instance);
        if (origin) sent(origin.connection, origin.sql);
      });
    }
  });
}

function before(
  prototype: object,
  method: string,
  look: (instance: object, first: unknown) => void,
): void {
  const original = Reflect.get(prototype, method) as Method;
  Reflect.set(prototype, method, function watched(this: object, ...values: unknown[]) {
    look(this, values[0]);
    return original.apply(this, values);
  });
}

function after(
  prototype: object,
  method: string,
  look: (instance: object, values: readonly unknown[], result: object) => void,
): void {
  const original = Reflect.get(prototype, method) as Method;
  Reflect.set(prototype, method, function watched(this: object, ...values: unknown[]) {
    const result = original.apply(this, values) as object;
    look(this, values, result);
    return result;
  });
}
