import { openApp } from '../engine/bench-app.js';
import type { Database } from './database.js';

/** Creates the tables as the library does: by its own migrations, at the boot of an application. */
export async function createTables(database: Database): Promise<void> {
  const app = await openApp(database, []);
  await app.close();
}
