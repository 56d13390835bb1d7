import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import libsql from 'libsql';
import {
  DataSource,
  EntitySchema,
  EventSubscriber,
  type BeforeQueryEvent,
  type DataSourceOptions,
  type EntitySubscriberInterface,
  type InsertEvent,
  type Logger,
  type MigrationInterface,
  type QueryRunner,
  type Relation,
} from 'typeorm';
import { SystemClock, type CancelTimer } from '../../runtime/clock.js';
import { ExclusiveCheckout, type ExclusiveCheckoutOptions } from './exclusive-checkout.js';

interface Author {
  id: number;
  name: string;
  books: Relation<Book[]>;
}

interface Book {
  id: number;
  title: string;
  author: Promise<Author>;
}

const AuthorSchema = new EntitySchema<Author>({
  name: 'author',
  columns: {
    id: { type: 'integer', primary: true, generated: 'increment' },
    name: { type: 'text' },
  },
  relations: {
    books: { type: 'one-to-many', target: 'book', inverseSide: 'author', cascade: true },
  },
});

const BookSchema = new EntitySchema<Book>({
  name: 'book',
  columns: {
    id: { type: 'integer', primary: true, generated: 'increment' },
    title: { type: 'text' },
  },
  relations: {
    author: { type: 'many-to-one', target: 'author', inverseSide: 'books', lazy: true },
  },
});

/** Keeps the statements that reach the driver. */
class StatementLog implements Logger {
  readonly statements: string[] = [];
  logQuery(query: string): void {
    this.statements.push(query);
  }
  logQueryError(): void {}
  logQuerySlow(): void {}
  logSchemaBuild(): void {}
  logMigration(): void {}
  log(): void {}
}

/** A runner that rests loses the connection in the very next turn. */
class TurnClock extends SystemClock {
  override schedule(delay: number, callback: () => void): CancelTimer {
    if (delay > 0) return super.schedule(delay, callback);
    const immediate = setImmediate(callback);
    return () => clearImmediate(immediate);
  }
}

const clock = new TurnClock();
const log = new StatementLog();
let folder: string;
let dataSource: DataSource;

const open = async (
  extra: Partial<DataSourceOptions> = {},
  options: ExclusiveCheckoutOptions = { checkoutTimeout: 60_000 },
): Promise<ExclusiveCheckout> => {
  dataSource = new DataSource({
    type: 'better-sqlite3',
    driver: libsql,
    database: join(folder, 'test.db'),
    enableWAL: true,
    synchronize: true,
    entities: [AuthorSchema, BookSchema],
    logger: log,
    ...extra,
  } as DataSourceOptions);
  const checkout = ExclusiveCheckout.install(dataSource, clock, options);
  await dataSource.initialize();
  log.statements.length = 0;
  return checkout;
};

const authors = () => dataSource.getRepository(AuthorSchema);
const names = async (): Promise<string[]> =>
  (await dataSource.query<{ name: string }[]>('SELECT name FROM author ORDER BY name')).map(
    ({ name }) => name,
  );
const foreignKeys = async (): Promise<unknown> =>
  (await dataSource.query<{ foreign_keys: number }[]>('PRAGMA foreign_keys'))[0]?.foreign_keys;

const deferred = (): { promise: Promise<void>; resolve: () => void } => {
  let resolve!: () => void;
  const promise = new Promise<void>((resolver) => {
    resolve = resolver;
  });
  return { promise, resolve };
};

const REENTRANT = { code: 'SQLITE_REENTRANT' };
const TIMED_OUT = { code: 'SQLITE_CHECKOUT_TIMED_OUT' };

beforeEach(() => {
  AuditSubscriber.reset();
  folder = mkdtempSync(join(tmpdir(), 'exclusive-checkout-'));
});

afterEach(async () => {
  if (dataSource.isInitialized) await dataSource.destroy();
  rmSync(folder, { recursive: true, force: true });
});

describe('concurrent users', () => {
  it('keeps a committed transaction when another one rolls back', async () => {
    await open();
    const [kept, dropped] = await Promise.allSettled([
      dataSource.transaction(async (manager) => {
        await manager.insert(AuthorSchema, { name: 'kept 1' });
        await turn();
        await manager.insert(AuthorSchema, { name: 'kept 2' });
      }),
      dataSource.transaction(async (manager) => {
        await manager.insert(AuthorSchema, { name: 'dropped' });
        await turn();
        throw new Error('no');
      }),
    ]);
    expect(kept.status).toBe('fulfilled');
    expect(dropped).toMatchObject({ status: 'rejected', reason: { message: 'no' } });
    expect(await names()).toEqual(['kept 1', 'kept 2']);
  });

  it('keeps a plain write out of a transaction of somebody else', async () => {
    await open();
    const results = await Promise.allSettled([
      dataSource.transaction(async (manager) => {
        await manager.insert(AuthorSchema, { name: 'dropped' });
        for (let i = 0; i < 5; i += 1) await turn();
        throw new Error('no');
      }),
      turn().then(() => authors().save({ name: 'saved' })),
      turn().then(() => authors().insert({ name: 'inserted' })),
      turn().then(() => dataSource.query(`INSERT INTO author (name) VALUES ('raw')`)),
    ]);
    expect(results.map(({ status }) => status)).toEqual([
      'rejected',
      'fulfilled',
      'fulfilled',
      'fulfilled',
    ]);
    expect(await names()).toEqual(['inserted', 'raw', 'saved']);
  });

  it('runs 20 concurrent transactions one after the other', async () => {
    await open();
    await authors().insert({ name: '0' });
    await Promise.all(
      Array.from({ length: 20 }, () =>
        dataSource.transaction(async (manager) => {
          const author = await manager.findOneByOrFail(AuthorSchema, { id: 1 });
          await turn();
          author.name = String(Number(author.name) + 1);
          await manager.save(AuthorSchema, author);
        }),
      ),
    );
    expect(await names()).toEqual(['20']);
  });

  it('shows nobody what is not committed', async () => {
    await open();
    const counts: number[] = [];
    await Promise.all([
      dataSource.transaction(async (manager) => {
        await manager.insert(AuthorSchema, { name: 'a' });
        await turn();
        await manager.insert(AuthorSchema, { name: 'b' });
      }),
      ...Array.from({ length: 5 }, async () => {
        await turn();
        counts.push(await authors().count());
      }),
    ]);
    expect(counts).toEqual([2, 2, 2, 2, 2]);
  });

  it('loses nothing of 200 mixed writes', async () => {
    const checkout = await open();
    const expected: string[] = [];
    const work = Array.from({ length: 200 }, (_, i) => {
      const name = `author ${String(i).padStart(3, '0')}`;
      const kind = i % 6;
      if (kind !== 3) expected.push(name);
      if (kind === 0) return authors().save({ name, books: [{ title: 'x' }, { title: 'y' }] });
      if (kind === 1) return authors().insert({ name });
      if (kind === 2) {
        return dataSource.transaction(async (manager) => {
          const author = await manager.save(AuthorSchema, { name: 'draft' });
          await turn();
          await manager.update(AuthorSchema, author.id, { name });
        });
      }
      if (kind === 3) {
        return expect(
          dataSource.transaction(async (manager) => {
            await manager.insert(AuthorSchema, { name });
            await turn();
            throw new Error('no');
          }),
        ).rejects.toThrow('no');
      }
      if (kind === 4) {
        return checkout.withConnection(async (runner) => {
          await runner.query('BEGIN IMMEDIATE');
          await runner.query('INSERT INTO author (name) VALUES (?)', [name]);
          await turn();
          await runner.query('COMMIT');
        });
      }
      return checkout.withConnection((runner) =>
        runner.query('INSERT INTO author (name) VALUES (?)', [name]),
      );
    });
    await Promise.all(work);
    expect(await names()).toEqual(expected);
    expect(await dataSource.getRepository(BookSchema).count()).toBe(68);
  });
});

describe('transactions', () => {
  it('are immediate, and nested ones are savepoints', async () => {
    await open();
    await dataSource.transaction(async (manager) => {
      await manager.insert(AuthorSchema, { name: 'outer' });
      await expect(
        manager.transaction(async (inner) => {
          await inner.insert(AuthorSchema, { name: 'dropped' });
          throw new Error('inner');
        }),
      ).rejects.toThrow('inner');
      await manager.transaction((inner) => inner.insert(AuthorSchema, { name: 'inner' }));
    });
    expect(log.statements.filter((sql) => !sql.startsWith('INSERT'))).toEqual([
      'BEGIN IMMEDIATE',
      'SAVEPOINT typeorm_1',
      'ROLLBACK TO SAVEPOINT typeorm_1',
      'SAVEPOINT typeorm_1',
      'RELEASE SAVEPOINT typeorm_1',
      'COMMIT',
    ]);
    expect(await names()).toEqual(['inner', 'outer']);
  });

  it('leave the next one unharmed when they fail', async () => {
    await open();
    await expect(
      dataSource.transaction(async (manager) => {
        await manager.insert(AuthorSchema, { name: 'dropped' });
        await manager.query('INSERT INTO nowhere VALUES (1)');
      }),
    ).rejects.toThrow('no such table');
    await dataSource.transaction((manager) => manager.insert(AuthorSchema, { name: 'kept' }));
    expect(await names()).toEqual(['kept']);
  });

  it('refuse to begin with an isolation level SQLite lacks, and hold nothing after', async () => {
    await open();
    await expect(
      dataSource.transaction('REPEATABLE READ', () => Promise.resolve()),
    ).rejects.toThrow();
    await dataSource.transaction('SERIALIZABLE', (manager) =>
      manager.insert(AuthorSchema, { name: 'kept' }),
    );
    expect(await names()).toEqual(['kept']);
  });

  it('work through a QueryRunner, its manager included', async () => {
    await open();
    const runner = dataSource.createQueryRunner();
    await runner.startTransaction();
    await runner.manager.save(AuthorSchema, { name: 'a', books: [{ title: 'x' }] });
    await runner.manager
      .createQueryBuilder()
      .insert()
      .into(AuthorSchema)
      .values({ name: 'b' })
      .execute();
    await runner.query(`INSERT INTO author (name) VALUES ('c')`);
    await runner.commitTransaction();
    await runner.release();
    expect(await names()).toEqual(['a', 'b', 'c']);
  });

  it('begun by hand are not joined by others', async () => {
    await open();
    const runner = dataSource.createQueryRunner();
    await runner.query('BEGIN');
    await runner.query(`INSERT INTO author (name) VALUES ('dropped')`);
    const other = authors().insert({ name: 'kept' });
    await turn();
    await turn();
    await runner.query('ROLLBACK');
    await other;
    expect(await names()).toEqual(['kept']);
  });
});

describe('TypeORM', () => {
  it('finds, counts, pages, clears and loads lazily', async () => {
    await open();
    await authors().save({ name: 'a', books: [{ title: 'x' }, { title: 'y' }] });
    const found = await authors().findOneOrFail({
      where: { name: 'a' },
      relations: { books: true },
    });
    expect(found.books.map(({ title }) => title)).toEqual(['x', 'y']);
    const [page, total] = await dataSource
      .getRepository(BookSchema)
      .findAndCount({ take: 1, order: { id: 'ASC' } });
    expect([page.length, total]).toEqual([1, 2]);
    expect((await page[0]?.author)?.name).toBe('a');
    const inside = await dataSource.transaction((manager) =>
      manager.findOneByOrFail(BookSchema, { title: 'y' }),
    );
    expect((await inside.author).name).toBe('a');
    await dataSource.getRepository(BookSchema).clear();
    expect(await dataSource.manager.count(BookSchema)).toBe(0);
  });

  it('prepares a statement once for all runners', async () => {
    await open();
    const prepared = countPrepared(dataSource);
    for (let i = 0; i < 10; i += 1) await dataSource.query('SELECT ? AS n', [i]);
    expect(prepared()).toBe(1);
  });

  it('caches results', async () => {
    await open({ cache: { duration: 60_000 } });
    await authors().insert({ name: 'a' });
    const find = () => authors().find({ cache: true });
    expect(await find()).toHaveLength(1);
    await authors().insert({ name: 'b' });
    expect(await find()).toHaveLength(1);
    await dataSource.queryResultCache?.clear();
    expect(await find()).toHaveLength(2);
  });

  it('drops and rebuilds the schema', async () => {
    await open();
    await authors().insert({ name: 'a' });
    await dataSource.synchronize(true);
    expect(await names()).toEqual([]);
    expect((await dataSource.driver.createSchemaBuilder().log()).upQueries).toEqual([]);
    expect(await foreignKeys()).toBe(1);
  });

  it('runs and reverts migrations', async () => {
    await open({ migrations: [AddShelf1700000000000] });
    expect(await dataSource.showMigrations()).toBe(true);
    await dataSource.runMigrations();
    await dataSource.query('INSERT INTO shelf VALUES (1)');
    await dataSource.undoLastMigration();
    await expect(dataSource.query('SELECT * FROM shelf')).rejects.toThrow('no such table');
    expect(await foreignKeys()).toBe(1);
  });
});

describe('what nobody releases', () => {
  it('does not block: a plain query', async () => {
    await open();
    const forgotten = dataSource.createQueryRunner();
    await forgotten.query('SELECT 1');
    await authors().insert({ name: 'a' });
    await forgotten.query(`INSERT INTO author (name) VALUES ('b')`);
    expect(await names()).toEqual(['a', 'b']);
  });

  it('keeps the connection while its statements follow one another', async () => {
    await open();
    const forgotten = dataSource.createQueryRunner();
    const others: Promise<unknown>[] = [];
    await forgotten.query(`INSERT INTO author (name) VALUES ('mine')`);
    for (let i = 0; i < 5; i += 1) others.push(authors().insert({ name: `other ${i}` }));
    // Long enough for all of them to ask, and still the same turn.
    for (let i = 0; i < 100; i += 1) await Promise.resolve();
    const [row] = await forgotten.query('SELECT last_insert_rowid() AS id');
    expect(row).toEqual({ id: 1 });
    await Promise.all(others);
  });

  it('does not block: a migration with a bad name', async () => {
    await open({
      migrations: [
        class Nameless implements MigrationInterface {
          async up(): Promise<void> {}
          async down(): Promise<void> {}
        },
      ],
    });
    await expect(dataSource.runMigrations()).rejects.toThrow('migration name is wrong');
    await authors().insert({ name: 'a' });
  });

  it('does not block: a stream, which SQLite has not', async () => {
    await open();
    const builder = authors().createQueryBuilder('author').useTransaction(true);
    await expect(builder.stream()).rejects.toThrow('Stream is not supported');
    await authors().insert({ name: 'a' });
  });

  it('leaves foreign keys on after a migration that failed', async () => {
    await open({ migrations: [BadShelf1700000000001] });
    await expect(dataSource.runMigrations()).rejects.toThrow('no such table');
    expect(await foreignKeys()).toBe(1);
  });

  it('does not block: a migration whose transaction could not begin', async () => {
    await open();
    const forgotten = dataSource.createQueryRunner();
    await forgotten.beforeMigration();
    await expect(forgotten.startTransaction('REPEATABLE READ')).rejects.toThrow();
    expect(await foreignKeys()).toBe(1);
  });

  it('keeps others away while a migration has foreign keys off', async () => {
    await open();
    const runner = dataSource.createQueryRunner();
    await runner.beforeMigration();
    const seen = foreignKeys();
    await turn();
    await turn();
    await runner.afterMigration();
    await runner.release();
    expect(await seen).toBe(1);
  });
});

describe('release', () => {
  it('rolls an open transaction back', async () => {
    await open();
    const runner = dataSource.createQueryRunner();
    await runner.startTransaction();
    await runner.manager.insert(AuthorSchema, { name: 'dropped' });
    await runner.release();
    await runner.release();
    expect(runner.isTransactionActive).toBe(false);
    await dataSource.transaction((manager) => manager.insert(AuthorSchema, { name: 'kept' }));
    expect(await names()).toEqual(['kept']);
  });

  it('ends the use of the runner', async () => {
    await open();
    const runner = dataSource.createQueryRunner();
    await runner.query('SELECT 1');
    await runner.release();
    expect(runner.isReleased).toBe(true);
    await expect(runner.query('SELECT 1')).rejects.toThrow('released');
    await expect(runner.manager.find(AuthorSchema)).rejects.toThrow('released');
    await authors().insert({ name: 'a' });
  });

  it('may come before the end of a query', async () => {
    await open();
    const runner = dataSource.createQueryRunner();
    const blocker = dataSource.createQueryRunner();
    await blocker.startTransaction();
    const late = runner.query('SELECT 1');
    await runner.release();
    await blocker.release();
    await expect(late).rejects.toThrow('released');
    await authors().insert({ name: 'a' });
  });

  it('waits for the end of a statement that has the connection', async () => {
    await open({ subscribers: [AuditSubscriber] });
    const statement = deferred();
    AuditSubscriber.query = (sql) => (sql.includes('late') ? statement.promise : undefined);
    const runner = dataSource.createQueryRunner();
    const late = runner.query(`INSERT INTO author (name) VALUES ('late')`);
    await turn();
    await runner.release();
    const other = dataSource.transaction(async (manager) => {
      await manager.insert(AuthorSchema, { name: 'dropped' });
      statement.resolve();
      await turn();
      throw new Error('no');
    });
    await turn();
    statement.resolve();
    await late;
    await expect(other).rejects.toThrow('no');
    expect(await names()).toEqual(['late']);
  });

  it('rolls back a transaction that begins only then', async () => {
    await open({ subscribers: [AuditSubscriber] });
    const statement = deferred();
    AuditSubscriber.query = (sql) => (sql.startsWith('BEGIN') ? statement.promise : undefined);
    const runner = dataSource.createQueryRunner();
    const late = runner.startTransaction();
    await turn();
    await runner.release();
    statement.resolve();
    await late;
    AuditSubscriber.query = () => undefined;
    await dataSource.transaction((manager) => manager.insert(AuthorSchema, { name: 'kept' }));
    expect(await names()).toEqual(['kept']);
  });

  it('happens at the end of "await using"', async () => {
    await open();
    {
      const runner = dataSource.createQueryRunner();
      await runner.startTransaction();
      await runner.manager.insert(AuthorSchema, { name: 'a' });
      await runner[Symbol.asyncDispose]();
    }
    expect(await names()).toEqual(['a']);
  });
});

describe('re-entry', () => {
  it('is refused at once inside a transaction', async () => {
    const checkout = await open();
    await dataSource.transaction(async (manager) => {
      await expect(authors().find()).rejects.toMatchObject(REENTRANT);
      await expect(authors().save({ name: 'x' })).rejects.toMatchObject(REENTRANT);
      await expect(dataSource.query('SELECT 1')).rejects.toMatchObject(REENTRANT);
      await expect(dataSource.transaction(() => Promise.resolve())).rejects.toMatchObject(
        REENTRANT,
      );
      await expect(dataSource.createQueryRunner().startTransaction()).rejects.toMatchObject(
        REENTRANT,
      );
      await expect(checkout.withConnection((r) => r.query('SELECT 1'))).rejects.toMatchObject(
        REENTRANT,
      );
      await turn();
      await expect(Promise.resolve().then(() => authors().count())).rejects.toMatchObject(
        REENTRANT,
      );
      await manager.transaction(async (inner) => {
        await expect(authors().find()).rejects.toMatchObject(REENTRANT);
        await inner.insert(AuthorSchema, { name: 'kept' });
      });
    });
    expect(await names()).toEqual(['kept']);
  });

  it('is refused inside a transaction of a QueryRunner that was begun with a callback', async () => {
    await open();
    const runner = dataSource.createQueryRunner();
    await runner.manager.transaction(async () => {
      await expect(authors().find()).rejects.toMatchObject(REENTRANT);
    });
    await runner.release();
  });

  it('is refused inside withConnection', async () => {
    const checkout = await open();
    await checkout.withConnection(async () => {
      await expect(authors().find()).rejects.toMatchObject(REENTRANT);
      await expect(checkout.withConnection((r) => r.query('SELECT 1'))).rejects.toMatchObject(
        REENTRANT,
      );
    });
    expect(await authors().count()).toBe(0);
  });

  it('can be asked about beforehand', async () => {
    const checkout = await open();
    const refuse = (): void => checkout.refuseReentry();
    expect(refuse).not.toThrow();
    await dataSource.transaction(async () => {
      expect(refuse).toThrow(expect.objectContaining(REENTRANT));
    });
    await checkout.withConnection(async () => {
      expect(refuse).toThrow(expect.objectContaining(REENTRANT));
    });
    expect(refuse).not.toThrow();
  });

  it('is refused in a subscriber that asks the DataSource instead of its event', async () => {
    await open({ subscribers: [AuditSubscriber] });
    AuditSubscriber.before = () => authors().count();
    await expect(authors().save({ name: 'a' })).rejects.toMatchObject(REENTRANT);
    AuditSubscriber.before = (event) => event.manager.count(AuthorSchema);
    await authors().save({ name: 'b' });
    expect(await names()).toEqual(['b']);
  });

  it('is refused in a subscriber that makes a statement wait', async () => {
    await open({ subscribers: [AuditSubscriber] });
    AuditSubscriber.query = (sql) => (sql.includes('42') ? authors().count() : undefined);
    await expect(dataSource.query('SELECT 42')).rejects.toMatchObject(REENTRANT);
  });

  it('is no matter in a subscriber outside of a transaction', async () => {
    await open({ subscribers: [AuditSubscriber] });
    AuditSubscriber.before = () => authors().count();
    await authors().createQueryBuilder().insert().values({ name: 'a' }).execute();
    const counts: number[] = [];
    AuditSubscriber.load = async () => void counts.push(await authors().count());
    await authors().find();
    expect(counts).toEqual([1]);
  });

  it('is not seen in an unrelated context', async () => {
    await open();
    const begin = deferred();
    const unrelated = begin.promise.then(() => authors().insert({ name: 'unrelated' }));
    await dataSource.transaction(async (manager) => {
      begin.resolve();
      await turn();
      await manager.insert(AuthorSchema, { name: 'inside' });
    });
    await unrelated;
    expect(await names()).toEqual(['inside', 'unrelated']);
  });

  it('is not seen in work that outlives its transaction', async () => {
    const checkout = await open();
    const end = deferred();
    const late: Promise<unknown>[] = [];
    await dataSource.transaction(async (manager) => {
      late.push(end.promise.then(() => authors().insert({ name: 'late 1' })));
      await manager.insert(AuthorSchema, { name: 'inside' });
    });
    await checkout.withConnection(async () => {
      late.push(end.promise.then(() => authors().insert({ name: 'late 2' })));
    });
    // Another transaction is open when they ask.
    await dataSource.transaction(async () => {
      end.resolve();
      await turn();
    });
    await Promise.all(late);
    expect(await names()).toEqual(['inside', 'late 1', 'late 2']);
  });
});

describe('the timeout of a checkout', () => {
  it('ends the wait for a transaction begun by hand, and says so', async () => {
    await open({}, { checkoutTimeout: 20 });
    const runner = dataSource.createQueryRunner();
    await runner.startTransaction();
    await expect(authors().save({ name: 'lost' })).rejects.toMatchObject({
      ...TIMED_OUT,
      message: expect.stringMatching(/20 ms.*startTransaction\(\).*waits for itself/),
    });
    await runner.manager.insert(AuthorSchema, { name: 'kept' });
    await runner.commitTransaction();
    await runner.release();
    await authors().save({ name: 'next' });
    expect(await names()).toEqual(['kept', 'next']);
  });
});

describe('withConnection', () => {
  it('keeps one runner with its statements prepared', async () => {
    const checkout = await open();
    const runners = new Set<QueryRunner>();
    const prepared = countPrepared(dataSource);
    for (let i = 0; i < 10; i += 1) {
      await checkout.withConnection(async (runner) => {
        runners.add(runner);
        await runner.query('SELECT ? AS n', [i]);
      });
    }
    expect(runners.size).toBe(1);
    expect(prepared()).toBe(1);
  });

  it('rolls back what the callback leaves open', async () => {
    const checkout = await open();
    const insert = async (runner: QueryRunner): Promise<void> => {
      await runner.query('BEGIN IMMEDIATE');
      await runner.query(`INSERT INTO author (name) VALUES ('dropped')`);
    };
    await expect(
      checkout.withConnection(async (runner) => {
        await insert(runner);
        throw new Error('mine');
      }),
    ).rejects.toThrow('mine');
    await expect(checkout.withConnection(insert)).rejects.toMatchObject({ code: 'INTERNAL_ERROR' });
    await dataSource.transaction((manager) => manager.insert(AuthorSchema, { name: 'kept' }));
    expect(await names()).toEqual(['kept']);
  });

  it('offers a manager in a transaction of the runner', async () => {
    const checkout = await open();
    const insert = (name: string, end: (runner: QueryRunner) => Promise<void>): Promise<void> =>
      checkout.withConnection(async (runner) => {
        await runner.startTransaction();
        await runner.manager.save(AuthorSchema, { name });
        await end(runner);
      });
    await insert('kept', (runner) => runner.commitTransaction());
    await expect(insert('dropped', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await insert('also kept', (runner) => runner.commitTransaction());
    expect(log.statements.filter((sql) => /^(BEGIN|COMMIT|SAVE)/.test(sql)).join()).toBe(
      'BEGIN IMMEDIATE,COMMIT,BEGIN IMMEDIATE,BEGIN IMMEDIATE,COMMIT',
    );
    expect(await names()).toEqual(['also kept', 'kept']);
  });

  it('binds a lone null and a lone buffer, as repositories do', async () => {
    const checkout = await open();
    for (const value of [null, Buffer.from('x')]) {
      for (const query of [
        (sql: string) => checkout.withConnection((runner) => runner.query(sql, [value])),
        (sql: string) => dataSource.query<{ type: string }[]>(sql, [value]),
      ]) {
        expect(await query('SELECT typeof(?) AS type')).toEqual([
          { type: value === null ? 'null' : 'blob' },
        ]);
      }
    }
  });
});

describe('installation', () => {
  it('happens once per DataSource', async () => {
    const checkout = await open();
    expect(ExclusiveCheckout.install(dataSource, clock)).toBe(checkout);
  });

  it('works on a DataSource in use', async () => {
    const checkout = await open();
    checkout.uninstall();
    await authors().insert({ name: 'a' });
    const before = dataSource.createQueryRunner();
    expect(dataSource.createQueryRunner()).toBe(before);
    expect(ExclusiveCheckout.install(dataSource, clock)).not.toBe(checkout);
    expect(dataSource.createQueryRunner()).not.toBe(before);
    await dataSource.transaction(async () => {
      await expect(authors().find()).rejects.toMatchObject(REENTRANT);
    });
  });

  it('is refused for another kind of database', () => {
    const postgres = { options: { type: 'postgres' } } as DataSource;
    expect(() => ExclusiveCheckout.install(postgres, clock)).toThrow(
      expect.objectContaining({ code: 'DATABASE_UNSUPPORTED' }),
    );
  });
});

describe('destroy', () => {
  it('lets the transaction that is running finish', async () => {
    await open();
    const running = dataSource.transaction(async (manager) => {
      await manager.insert(AuthorSchema, { name: 'a' });
      await turn();
      await manager.insert(AuthorSchema, { name: 'b' });
    });
    await turn();
    await dataSource.destroy();
    await running;
    await dataSource.initialize();
    expect(await names()).toEqual(['a', 'b']);
  });

  it('comes through although a transaction never ends', async () => {
    await open({}, { checkoutTimeout: 10 });
    const runner = dataSource.createQueryRunner();
    const insert = (): Promise<unknown> =>
      runner.query(`INSERT INTO author (name) VALUES ('dropped')`);
    await runner.startTransaction();
    await insert();
    await dataSource.destroy();
    await expect(insert()).rejects.toThrow('not yet established');
    await dataSource.initialize();
    await expect(insert()).rejects.toThrow('not yet established');
    await dataSource.destroy();
    await runner.release();
    await dataSource.initialize();
    expect(await names()).toEqual([]);
  });

  it('ends the work of the engine that takes too long', async () => {
    const checkout = await open({}, { checkoutTimeout: 10 });
    const destroyed = deferred();
    const working = checkout.withConnection(async (runner) => {
      const insert = (): Promise<unknown> =>
        runner.query(`INSERT INTO author (name) VALUES ('dropped')`);
      await runner.query('BEGIN IMMEDIATE');
      await insert();
      await destroyed.promise;
      await insert();
    });
    await dataSource.destroy();
    destroyed.resolve();
    await expect(working).rejects.toThrow('not yet established');
    await dataSource.initialize();
    expect(await names()).toEqual([]);
  });

  it('refuses every later statement, and forgets what it prepared', async () => {
    // A statement of the old connection would write into the database that is gone.
    const checkout = await open({ database: ':memory:' });
    const engine = (): Promise<unknown> =>
      checkout.withConnection((runner) => runner.query(`INSERT INTO author (name) VALUES ('a')`));
    const user = (): Promise<unknown> => authors().insert({ name: 'b' });
    await engine();
    await user();
    await dataSource.destroy();
    await expect(engine()).rejects.toThrow('not yet established');
    await expect(user()).rejects.toThrow('not yet established');
    await dataSource.initialize();
    await engine();
    await user();
    expect(await names()).toEqual(['a', 'b']);
  });
});

class AddShelf1700000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE shelf (id integer)');
  }
  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE shelf');
  }
}

class BadShelf1700000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('INSERT INTO shelf VALUES (1)');
  }
  async down(): Promise<void> {}
}

@EventSubscriber()
class AuditSubscriber implements EntitySubscriberInterface<Author> {
  static before: (event: InsertEvent<Author>) => Promise<unknown>;
  static load: () => Promise<void>;
  static query: (sql: string) => Promise<unknown> | undefined;

  static reset(): void {
    this.before = this.load = () => Promise.resolve();
    this.query = () => undefined;
  }

  listenTo(): string {
    return 'author';
  }
  beforeInsert(event: InsertEvent<Author>): Promise<unknown> {
    return AuditSubscriber.before(event);
  }
  afterLoad(): Promise<void> {
    return AuditSubscriber.load();
  }
  beforeQuery(event: BeforeQueryEvent): Promise<unknown> | undefined {
    return AuditSubscriber.query(event.query);
  }
}

/** Counts what the connection of a DataSource prepares from now on. */
const countPrepared = (source: DataSource): (() => number) => {
  const { databaseConnection } = source.driver as unknown as {
    databaseConnection: { prepare(sql: string): unknown };
  };
  const prepare = databaseConnection.prepare.bind(databaseConnection);
  let count = 0;
  databaseConnection.prepare = (sql) => {
    count += 1;
    return prepare(sql);
  };
  return () => count;
};
