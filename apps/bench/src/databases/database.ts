/** The two stores the engine speaks. */
export const STORES = ['postgres', 'sqlite'] as const;

export type Store = (typeof STORES)[number];

/** Where a database of the bench is; plain data, so that it can be told to another process. */
export type Database = PostgresDatabase | SqliteDatabase;

export interface PostgresDatabase {
  readonly store: 'postgres';
  readonly connection: {
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly password: string;
    readonly database: string;
  };
}

export interface SqliteDatabase {
  readonly store: 'sqlite';
  readonly file: string;
}

/** A source of fresh databases of one store. */
export interface Databases {
  readonly store: Store;
  create(): Promise<Database>;
  close(): Promise<void>;
}
