import type { Databases, Store } from './database.js';
import { postgresDatabases } from './postgres-databases.js';
import { sqliteDatabases } from './sqlite-databases.js';

const SOURCES: Readonly<Record<Store, () => Promise<Databases>>> = {
  postgres: postgresDatabases,
  sqlite: sqliteDatabases,
};

export const openDatabases = (store: Store): Promise<Databases> => SOURCES[store]();
