import type { EventEmitter } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { step, workflow, runOnce } from '../support/definitions.js';
import { startPostgres, type PostgresServer } from '../support/embedded-postgres.js';
import { workflowApp } from '../support/workflow-app.js';

interface Pool extends EventEmitter {
  connect(): Promise<EventEmitter & { release(): void }>;
}

const listenersOf = (emitter: EventEmitter) =>
  emitter.eventNames().map((name) => [name, emitter.listenerCount(name)]);

describe('the pool of an application', () => {
  let server: PostgresServer;
  let dataSource: DataSource;
  beforeAll(async () => {
    server = await startPostgres({ lasting: true });
    dataSource = await new DataSource(await server.database('application')).initialize();
  }, 60_000);
  afterAll(async () => {
    await server.start();
    await dataSource.destroy();
    await server.stop();
  }, 60_000);

  /** Of the pool, and of the one connection that has been opened. */
  const listeners = async () => {
    const pool = (dataSource.driver as unknown as { readonly master: Pool }).master;
    const client = await pool.connect();
    const all = [...listenersOf(pool), ...listenersOf(client)];
    client.release();
    return all;
  };

  it('is listened to no longer when the engine on it is closed', async () => {
    const before = await listeners();
    const running = await workflowApp({ options: { store: { dataSource } } });
    const transactional = workflow('w', [step('a', () => 1, { transactional: true })]);
    expect(await runOnce(running.manager, transactional)).toMatchObject({ success: true });
    expect(await listeners()).not.toEqual(before);

    await running.close();

    expect(await listeners()).toEqual(before);
  });

  it('is listened to no longer when no engine could be opened on it', async () => {
    const before = await listeners();
    await server.stopHard();

    const booting = workflowApp({ options: { store: { dataSource, connectTimeout: 0 } } });

    await expect(booting).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await server.start();
    expect(await listeners()).toEqual(before);
  });
});
