import type { DataSource } from 'typeorm';
import type { Row } from '../store-connection.js';

/** What of a client of `pg` is used here. */
export interface PoolClient {
  query(statement: {
    readonly name?: string;
    readonly text: string;
    readonly values: readonly unknown[];
  }): Promise<{ readonly rows: Row[] }>;
  on(event: 'error', listener: (error: Error) => void): void;
  off(event: 'error', listener: (error: Error) => void): void;
  on(event: 'end', listener: () => void): void;
  on(event: 'notification', listener: (heard: { readonly payload?: string }) => void): void;
  /** @param destroy closes the connection instead of giving it to the next */
  release(destroy?: boolean): void;
}

/** What of a pool of `pg` is used here. */
export interface Pool {
  connect(): Promise<PoolClient>;
  on(event: 'acquire' | 'remove', listener: (client: PoolClient) => void): void;
  off(event: 'acquire' | 'remove', listener: (client: PoolClient) => void): void;
  on(event: 'error', listener: (error: Error) => void): void;
  off(event: 'error', listener: (error: Error) => void): void;
}

/** The pool behind an initialised PostgreSQL DataSource. */
export const poolOf = (dataSource: DataSource): Pool =>
  (dataSource.driver as unknown as { master: Pool }).master;
