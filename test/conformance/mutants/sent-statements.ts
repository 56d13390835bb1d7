import { createRequire } from 'node:module';
import { Client } from 'pg';
import { handedOut } from './infected-statements.js';

type Method = (this: unknown, ...given: unknown[]) => unknown;

let heard: Set<string> | undefined;

/** The statements of the store that a database is sent meanwhile, also within others. */
export async function sentDuring(work: () => Promise<void>): Promise<ReadonlySet<string>> {
  const texts = new Set<string>();
  heard = texts;
  try {
    await work();
  } finally {
    heard = undefined;
  }
  const sent = [...handedOut].filter(([text]) => [...texts].some((each) => each.includes(text)));
  return new Set(sent.map(([, name]) => name));
}

listenToPostgres(Client.prototype);
listenToSqlite(
  (createRequire(import.meta.url)('libsql') as { prototype: { prepare: Method } }).prototype,
);

function listenToPostgres(client: { query: Method }): void {
  const { query } = client;
  client.query = function (...given) {
    const [said] = given;
    heard?.add(typeof said === 'string' ? said : ((said as { text?: string }).text ?? ''));
    return Reflect.apply(query, this, given);
  };
}

/** A statement is prepared once, and sent whenever it is asked for its rows. */
function listenToSqlite(database: { prepare: Method }): void {
  const { prepare } = database;
  database.prepare = function (...given) {
    const statement = Reflect.apply(prepare, this, given) as Record<string, Method>;
    for (const name of ['run', 'get', 'all', 'iterate']) {
      const send = statement[name];
      if (!send) continue;
      statement[name] = (...parameters) => {
        heard?.add(String(given[0]));
        return Reflect.apply(send, statement, parameters);
      };
    }
    return statement;
  };
}
