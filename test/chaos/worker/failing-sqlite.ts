import Libsql from 'libsql';
import type { Failpoint } from './failpoint.js';

type Method = (...values: unknown[]) => unknown;

/** libsql, with every statement passing the failpoint. */
export const failingSqlite = (failpoint: Failpoint): unknown =>
  class extends Libsql {
    constructor(...given: ConstructorParameters<typeof Libsql>) {
      super(...given);
      const prepare = this.prepare.bind(this);
      const exec = this.exec.bind(this);
      const session = failpoint.session();
      Object.assign(this, {
        exec: (sql: string) => session.around(sql, () => exec(sql)),
        prepare: (sql: string) => {
          const statement = prepare(sql);
          for (const name of ['run', 'all', 'get'] as const) {
            const method = statement[name].bind(statement);
            const watched: Method = (...values) => session.around(sql, () => method(...values));
            Object.assign(statement, { [name]: watched });
          }
          return statement;
        },
      });
    }
  };
