import { Client, Pool, type ClientConfig, type PoolConfig, type QueryResult } from 'pg';
import { unfenced } from './unfenced.js';

/** A statement that writes for owners, and how many rows it owes. */
const FENCED: readonly {
  readonly pattern: RegExp;
  readonly expected: (parameters: readonly unknown[]) => number;
}[] = [
  // Transitions of many executions: those that come back are still ours.
  {
    pattern: /AS h \(tenant_id, execution_id, fence, run, worker_id\b/,
    expected: ([, tenants]) => (tenants as readonly string[]).length,
  },
  // The first and the last statement of a transactional step.
  { pattern: /FOR KEY SHARE\s*$/, expected: () => 1 },
  { pattern: /ON CONFLICT DO NOTHING\s+RETURNING \S+ \+ .* AS at/s, expected: () => 1 },
];

/** The driver of TypeORM, with an eye on what the fence refuses; or, as the control, without fence. */
export function observedDriver(
  dropFence: boolean,
  onRejected: (writes: number) => void,
): { readonly Pool: typeof Pool } {
  const observe = (sql: string, parameters: readonly unknown[], rows: number): void => {
    const statement = FENCED.find(({ pattern }) => pattern.test(sql));
    if (!statement) return;
    const missing = statement.expected(parameters) - rows;
    if (missing > 0) onRejected(missing);
  };

  const query = Client.prototype.query as unknown as (
    ...given: readonly unknown[]
  ) => Promise<QueryResult>;

  /** TypeORM gives a text and its parameters and awaits the answer; the pool itself asks otherwise. */
  class ObservedClient extends Client {
    constructor(config?: ClientConfig) {
      super(config);
      this.query = ((...given: readonly unknown[]) => {
        const [sql, parameters] = given;
        if (given.length !== 2 || typeof sql !== 'string' || !Array.isArray(parameters)) {
          return query.call(this, ...given);
        }
        return query.call(this, dropFence ? unfenced(sql) : sql, parameters).then((result) => {
          observe(sql, parameters, result.rowCount ?? 0);
          return result;
        });
      }) as typeof this.query;
    }
  }

  class ObservedPool extends Pool {
    constructor(config?: PoolConfig) {
      super({ ...config, Client: ObservedClient });
    }
  }
  return { Pool: ObservedPool };
}
