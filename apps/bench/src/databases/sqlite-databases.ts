import { join } from 'node:path';
import type { Databases } from './database.js';
import { scratchFolder } from './scratch-folder.js';

/** Files in a folder that goes with them. */
export async function sqliteDatabases(): Promise<Databases> {
  const folder = await scratchFolder('sqlite');
  let created = 0;
  return {
    store: 'sqlite',
    create: () =>
      Promise.resolve({ store: 'sqlite', file: join(folder.path, `${(created += 1)}.sqlite`) }),
    close: () => folder.remove(),
  };
}
