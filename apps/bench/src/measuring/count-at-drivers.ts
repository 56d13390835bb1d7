import { createRequire } from 'node:module';
import pg from 'pg';
import type { StatementCounter } from './statement-counter.js';

type Method = (this: object, ...values: unknown[]) => unknown;

const require = createRequire(import.meta.url);

/** Lets the counter see everything that this process tells `pg` and `libsql`. */
export function countAtDrivers(counter: StatementCounter): void {
  countAtPg(counter);
  countAtLibsql(counter);
}

function countAtPg(counter: StatementCounter): void {
  before(pg.Client.prototype, 'query', (client, query) => {
    const text = typeof query === 'string' ? query : (query as { text?: unknown }).text;
    counter.sent(client, String(text));
  });
}

function countAtLibsql(counter: StatementCounter): void {
  const Libsql = require('libsql') as { readonly prototype: object };
  const origins = new WeakMap<object, { readonly connection: object; readonly sql: string }>();
  before(Libsql.prototype, 'exec', (connection, sql) => counter.sent(connection, String(sql)));
  let statementsAreCounted = false;
  after(Libsql.prototype, 'prepare', (connection, [sql], statement) => {
    origins.set(statement, { connection, sql: String(sql) });
    if (statementsAreCounted) return;
    statementsAreCounted = true;
    // The class of the statements is not exported. `all` goes through `iterate`.
    for (const method of ['run', 'get', 'iterate']) {
      before(Object.getPrototypeOf(statement) as object, method, (instance) => {
        const origin = origins.get(instance);
        if (origin) counter.sent(origin.connection, origin.sql);
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
  Reflect.set(prototype, method, function counted(this: object, ...values: unknown[]) {
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
  Reflect.set(prototype, method, function counted(this: object, ...values: unknown[]) {
    const result = original.apply(this, values) as object;
    look(this, values, result);
    return result;
  });
}
