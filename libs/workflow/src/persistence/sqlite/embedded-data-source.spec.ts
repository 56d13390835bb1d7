import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import libsql from 'libsql';
import { DataSource } from 'typeorm';
import { SystemClock, type CancelTimer } from '../../runtime/clock.js';
import { holdExclusively, openEmbeddedDataSource } from './embedded-data-source.js';
import { ExclusiveCheckout } from './exclusive-checkout.js';

/** Tells when somebody begins to wait. */
class WatchedClock extends SystemClock {
  private waiting!: () => void;
  readonly waited = new Promise<void>((resolve) => {
    this.waiting = resolve;
  });

  override schedule(delay: number, callback: () => void): CancelTimer {
    this.waiting();
    return super.schedule(delay, callback);
  }
}

const clock = new SystemClock();
const LOCKED = { code: 'DATABASE_LOCKED', statusCode: 503 };
let folder: string;
let database: string;
const opened: DataSource[] = [];

const keep = async (opening: Promise<DataSource>): Promise<DataSource> => {
  const dataSource = await opening;
  opened.push(dataSource);
  return dataSource;
};

const open = (lockTimeout = 20, watched: SystemClock = clock): Promise<DataSource> =>
  keep(openEmbeddedDataSource({ database, clock: watched, lockTimeout }));

const openOwn = (path = database): Promise<DataSource> =>
  keep(
    new DataSource({
      type: 'better-sqlite3',
      driver: libsql,
      database: path,
      timeout: 1234,
    }).initialize(),
  );

const pragma = async (dataSource: DataSource, name: string): Promise<unknown> =>
  Object.values((await dataSource.query<object[]>(`PRAGMA ${name}`))[0] ?? {})[0];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'embedded-data-source-'));
  database = join(folder, 'deep', 'er', 'test.db');
});

afterEach(async () => {
  for (const dataSource of opened.splice(0)) {
    if (dataSource.isInitialized) await dataSource.destroy();
  }
  rmSync(folder, { recursive: true, force: true });
});

describe('openEmbeddedDataSource', () => {
  it('opens a file durably, and makes its folder', async () => {
    const dataSource = await open();
    expect(await pragma(dataSource, 'journal_mode')).toBe('wal');
    expect(await pragma(dataSource, 'locking_mode')).toBe('exclusive');
    expect(await pragma(dataSource, 'synchronous')).toBe(2);
    expect(await pragma(dataSource, 'foreign_keys')).toBe(1);
    expect(await pragma(dataSource, 'busy_timeout')).toBe(0);
  });

  it('is less durable when told to', async () => {
    const dataSource = await keep(
      openEmbeddedDataSource({ database, clock, synchronous: 'NORMAL' }),
    );
    expect(await pragma(dataSource, 'synchronous')).toBe(1);
  });

  it('opens any number of databases in memory', async () => {
    for (const _ of [1, 2]) {
      const dataSource = await keep(openEmbeddedDataSource({ database: ':memory:', clock }));
      await dataSource.query('CREATE TABLE thing (id integer)');
      await dataSource.transaction((manager) => manager.query('INSERT INTO thing VALUES (1)'));
      expect(await dataSource.query('SELECT * FROM thing')).toEqual([{ id: 1 }]);
    }
  });

  it('gives rows back as they were stored', async () => {
    const dataSource = await open();
    const checkout = ExclusiveCheckout.install(dataSource, clock);
    const row = {
      id: 1,
      due: 253402300799999,
      least: -(2 ** 53) + 1,
      ratio: 0.1,
      note: 'é',
      no: null,
    };
    await dataSource.query(
      'CREATE TABLE thing (id integer, due integer, least integer, ratio real, note text, no text)',
    );
    await checkout.withConnection((runner) =>
      runner.query('INSERT INTO thing VALUES (?, ?, ?, ?, ?, ?)', Object.values(row)),
    );
    const rows = await checkout.withConnection((runner) => runner.query('SELECT * FROM thing'));
    expect(rows).toStrictEqual([row]);
    expect(Object.keys(rows[0])).toEqual(Object.keys(row));
    expect(await dataSource.query('SELECT typeof(due) AS type FROM thing')).toEqual([
      { type: 'integer' },
    ]);
    expect(
      await dataSource.query('UPDATE thing SET due = due + ? RETURNING due', [-1]),
    ).toStrictEqual([{ due: 253402300799998 }]);
  });

  it('refuses a file that somebody holds, by name', async () => {
    const first = await open();
    await first.query('CREATE TABLE thing (id integer)');
    await expect(open()).rejects.toMatchObject({
      ...LOCKED,
      message: expect.stringContaining(`"${database}"`),
    });
    await expect(openOwn().then((own) => own.query('SELECT * FROM thing'))).rejects.toThrow(
      'locked',
    );
    await first.query('INSERT INTO thing VALUES (1)');
  });

  it('takes a file over that is freed while it waits, without blocking the process', async () => {
    const first = await open();
    await first.query('CREATE TABLE thing (id integer)');
    const watched = new WatchedClock();
    const second = open(10_000, watched);
    await watched.waited;
    await first.destroy();
    expect(await (await second).query('SELECT * FROM thing')).toEqual([]);
  });

  it('frees the file at once when it is destroyed, statements or not', async () => {
    const first = await open();
    const checkout = ExclusiveCheckout.install(first, clock);
    const kept = first.createQueryRunner();
    await kept.query('CREATE TABLE thing (id integer)');
    await kept.query('INSERT INTO thing VALUES (1)');
    await checkout.withConnection((runner) => runner.query('SELECT * FROM thing'));
    await first.destroy();
    const second = await open();
    expect(await second.query('SELECT * FROM thing')).toEqual([{ id: 1 }]);
    await second.destroy();
    await first.initialize();
    expect(await first.query('SELECT * FROM thing')).toEqual([{ id: 1 }]);
    await expect(open()).rejects.toMatchObject(LOCKED);
  });

  it('frees the file although a transaction was open', async () => {
    const first = await open();
    await first.query('CREATE TABLE thing (id integer)');
    await first.query('BEGIN IMMEDIATE');
    await first.query('INSERT INTO thing VALUES (1)');
    await first.destroy();
    expect(await (await open()).query('SELECT * FROM thing')).toEqual([]);
  });

  it('keeps no lock of an attempt that failed, so that others can go on', async () => {
    const own = await openOwn(join(folder, 'test.db'));
    database = join(folder, 'test.db');
    await own.query('CREATE TABLE thing (id integer)');
    await own.query('BEGIN');
    await own.query('SELECT * FROM thing');
    const watched = new WatchedClock();
    const second = open(10_000, watched);
    await watched.waited;
    await own.query('INSERT INTO thing VALUES (1)');
    await own.query('COMMIT');
    await own.destroy();
    expect(await (await second).query('SELECT * FROM thing')).toEqual([{ id: 1 }]);
  });

  it('reports other faults as what they are', async () => {
    database = join(folder, 'not-a-database');
    writeFileSync(database, 'x'.repeat(5000));
    await expect(open()).rejects.toThrow('not a database');
    database = join(folder, 'not-a-database', 'test.db');
    await expect(open()).rejects.toThrow(/ENOTDIR|EEXIST/);
  });
});

describe('holdExclusively', () => {
  it('takes the file of a DataSource in use', async () => {
    const own = await openOwn();
    await own.query('CREATE TABLE thing (id integer)');
    ExclusiveCheckout.install(own, clock);
    await holdExclusively(own, clock, 20);
    expect(await pragma(own, 'journal_mode')).toBe('wal');
    expect(await pragma(own, 'busy_timeout')).toBe(1234);
    await expect(open()).rejects.toMatchObject(LOCKED);
    await own.transaction((manager) => manager.query('INSERT INTO thing VALUES (1)'));
    await own.destroy();
    expect(await (await open()).query('SELECT * FROM thing')).toEqual([{ id: 1 }]);
  });

  it('waits for a transaction of the DataSource itself', async () => {
    const own = await openOwn();
    const runner = own.createQueryRunner();
    await runner.query('CREATE TABLE thing (id integer)');
    await runner.startTransaction();
    const watched = new WatchedClock();
    const holding = holdExclusively(own, watched, 10_000);
    await watched.waited;
    await runner.query('INSERT INTO thing VALUES (1)');
    await runner.commitTransaction();
    await holding;
    expect(await own.query('SELECT * FROM thing')).toEqual([{ id: 1 }]);
  });

  it('refuses a file that somebody else uses, and leaves the DataSource usable', async () => {
    const own = await openOwn();
    const other = await openOwn();
    for (const one of [own, other]) await one.query('PRAGMA journal_mode = WAL');
    await own.query('CREATE TABLE thing (id integer)');
    await other.query('SELECT * FROM thing');
    const start = clock.monotonic();
    await expect(holdExclusively(own, clock, 20)).rejects.toMatchObject(LOCKED);
    expect(clock.monotonic() - start).toBeLessThan(1000);
    expect(await pragma(own, 'busy_timeout')).toBe(1234);
    await other.query('INSERT INTO thing VALUES (1)');
    await own.query('INSERT INTO thing VALUES (2)');
    expect(await other.query('SELECT * FROM thing')).toEqual([{ id: 1 }, { id: 2 }]);
  });

  it('has nothing to take in memory', async () => {
    const own = await openOwn(':memory:');
    await holdExclusively(own, clock, 20);
    await own.query('CREATE TABLE thing (id integer)');
    expect(await own.query('SELECT * FROM thing')).toEqual([]);
  });

  it('wants an initialised DataSource', async () => {
    const own = await openOwn();
    await own.destroy();
    await expect(holdExclusively(own, clock, 20)).rejects.toThrow('connection is not');
  });
});
