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

interface Asked {
  readonly name?: string;
  readonly text: unknown;
  readonly values: unknown;
}

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

  /** TypeORM gives a text and its parameters, the store an object; the pool itself asks otherwise. */
  class ObservedClient extends Client {
    constructor(config?: ClientConfig) {
      super(config);
      this.query = ((...given: readonly unknown[]) => {
        const [first, second] = given;
        const asked = (
          typeof first === 'string' ? { text: first, values: second } : first
        ) as Asked;
        if (typeof asked.text !== 'string' || !Array.isArray(asked.values) || given.length > 2) {
          return query.call(this, ...given);
        }
        const { text, values } = asked;
        const sent = { ...asked, text: dropFence ? unfenced(text) : text };
        return query.call(this, sent).then((result) => {
          observe(text, values, result.rowCount ?? 0);
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
