import { Client, Pool, type ClientConfig, type PoolConfig } from 'pg';
import type { Failpoint } from './failpoint.js';

type Query = (...given: readonly unknown[]) => unknown;

interface Asked {
  readonly text: string;
  readonly values?: readonly unknown[];
}

/** pg, with every statement passing the failpoint. */
export function failingPostgres(failpoint: Failpoint): { readonly Pool: typeof Pool } {
  const query = Client.prototype.query as unknown as Query;

  class FailingClient extends Client {
    constructor(config?: ClientConfig) {
      super(config);
      const session = failpoint.session();
      const watched: Query = (...given) => {
        const asked = askedIn(given);
        const send = (): unknown => query.call(this, ...given);
        return asked
          ? session.aroundAnswer(asked.text, asked.values ?? [], async () => send())
          : send();
      };
      this.query = watched as typeof this.query;
    }
  }

  class FailingPool extends Pool {
    constructor(config?: PoolConfig) {
      super({ ...config, Client: FailingClient });
    }
  }
  return { Pool: FailingPool };
}

/** TypeORM gives a text and its parameters, the store an object; the pool itself waits by a callback. */
function askedIn(given: readonly unknown[]): Asked | undefined {
  const [first, second] = given;
  if (given.some((each) => typeof each === 'function')) return undefined;
  return typeof first === 'string'
    ? { text: first, values: (second ?? []) as readonly unknown[] }
    : (first as Asked);
}
