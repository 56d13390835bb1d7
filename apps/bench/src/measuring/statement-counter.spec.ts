import { describe, expect, it } from '@jest/globals';
import { closeSqlite, openSqlite } from '../floors/sqlite-connection.js';
import { effectsOf } from './sql-effect.js';
import { StatementCounter, type StatementCounts } from './statement-counter.js';
import { watchDrivers } from './watch-drivers.js';

const countsOf = (...sent: readonly (readonly [connection: object, sql: string])[]) => {
  const counter = new StatementCounter();
  for (const [connection, sql] of sent) counter.sent(connection, sql);
  return counter.counts();
};

const one = {};
const other = {};

describe('what a text of SQL does', () => {
  it.each([
    ['  INSERT INTO a VALUES (1)', ['write']],
    ['WITH n AS (SELECT 1) INSERT INTO a SELECT * FROM n', ['write']],
    ['WITH gone AS (DELETE FROM a RETURNING b) SELECT * FROM gone', ['write']],
    ['WITH n AS (SELECT 1) SELECT * FROM n', ['read']],
    ['WITH n AS (SELECT 1) SELECT * FROM a FOR UPDATE', ['read']],
    [`SELECT 'x; INSERT INTO a'`, ['read']],
    ['SELECT 1 -- ; DELETE FROM a', ['read']],
    [`SELECT pg_notify('c', '')`, ['read']],
    ['BEGIN IMMEDIATE', ['begin']],
    ['START TRANSACTION', ['begin']],
    ['ROLLBACK', ['roll-back']],
    ['ROLLBACK TO SAVEPOINT s', ['read']],
    ['BEGIN; UPDATE a SET b = 1; COMMIT', ['begin', 'write', 'commit']],
    [' ; ', []],
  ])('%s', (sql, effects) => {
    expect(effectsOf(sql)).toEqual(effects);
  });
});

describe('the counter', () => {
  it('takes a write outside a transaction for a commit', () => {
    expect(countsOf([one, 'DELETE FROM a'], [one, 'SELECT 1'])).toEqual({
      statements: 2,
      writeTransactions: 1,
    });
  });

  it('takes a transaction that wrote for one commit, however much it wrote', () => {
    const transaction = ['BEGIN', 'INSERT INTO a VALUES (1)', 'DELETE FROM b', 'COMMIT'] as const;
    expect(countsOf(...transaction.map((sql) => [one, sql] as const))).toEqual({
      statements: 4,
      writeTransactions: 1,
    });
  });

  it('takes a transaction that only read, or was rolled back, for none', () => {
    const read = ['BEGIN', 'SELECT 1', 'COMMIT'] as const;
    const undone = ['BEGIN', 'DELETE FROM a', 'ROLLBACK'] as const;
    expect(countsOf(...[...read, ...undone].map((sql) => [one, sql] as const))).toEqual({
      statements: 6,
      writeTransactions: 0,
    });
  });

  it('keeps connections apart', () => {
    expect(
      countsOf([one, 'BEGIN'], [other, 'DELETE FROM a'], [one, 'SELECT 1'], [one, 'COMMIT']),
    ).toEqual({ statements: 4, writeTransactions: 1 });
  });
});

describe('at the driver of SQLite', () => {
  it('sees whatever is sent, once, by whichever method', () => {
    const counter = new StatementCounter();
    watchDrivers(counter);
    const during = (work: () => void): StatementCounts => {
      const before = counter.counts();
      work();
      const after = counter.counts();
      return {
        statements: after.statements - before.statements,
        writeTransactions: after.writeTransactions - before.writeTransactions,
      };
    };
    const connection = openSqlite(':memory:');
    connection.exec('CREATE TABLE a (b integer)');
    const insert = connection.prepare('INSERT INTO a VALUES (?1)');
    const select = connection.prepare('SELECT b FROM a');
    const insertAndTell = connection.prepare('INSERT INTO a VALUES (3) RETURNING b');

    expect(during(() => insert.run([1]))).toEqual({ statements: 1, writeTransactions: 1 });
    expect(during(() => select.all())).toEqual({ statements: 1, writeTransactions: 0 });
    expect(during(() => select.get([]))).toEqual({ statements: 1, writeTransactions: 0 });
    expect(during(() => insertAndTell.all())).toEqual({ statements: 1, writeTransactions: 1 });
    expect(
      during(() => {
        connection.exec('BEGIN IMMEDIATE');
        insert.run([4]);
        insert.run([5]);
        connection.exec('COMMIT');
      }),
    ).toEqual({ statements: 4, writeTransactions: 1 });
    closeSqlite(connection);
  });
});
