import { describe, expect, it } from '@jest/globals';
import { allMutants, statementsOf } from './all-mutants.js';
import { mutatedTexts, nameOf } from './mutant.js';
import { withEdits } from './sql-edit.js';
import { partsOf } from './sql-parts.js';
import { nodesOf, tokensOf } from './sql-tokens.js';
import { SURVIVORS } from './survivors.js';

/** Each part of a statement, and the statement without it, in one line. */
const without = (sql: string): [string, string][] =>
  partsOf(sql).map(({ what, edits }) => [what, withEdits(sql, edits).replace(/\s+/g, ' ').trim()]);

describe('a statement', () => {
  it('is read token by token', () => {
    const texts = tokensOf(
      `SELECT a->>1, 'it''s -- no' FROM "t" -- a comment\n WHERE b <= $12::int[]`,
    );

    expect(texts.map(({ text }) => text).join(' ')).toBe(
      `SELECT A ->> 1 , 'it''s -- no' FROM "t" WHERE B <= $12 :: INT [ ]`,
    );
    expect(texts.map(({ start, end }) => end - start)).not.toContain(0);
  });

  it('that cannot be read, or is not closed, is refused', () => {
    expect(() => tokensOf('SELECT @a')).toThrow('No token of SQL begins with "@a"');
    expect(() => nodesOf('SELECT (a')).toThrow('There is no )');
  });
});

describe('a mutant', () => {
  it('has one condition less', () => {
    expect(without('SELECT 1 FROM t WHERE a = $1 AND b BETWEEN 1 AND 2')).toEqual([
      ['WHERE a = $1', 'SELECT 1 FROM t WHERE (a = $1 OR TRUE) AND b BETWEEN 1 AND 2'],
      ['WHERE b BETWEEN 1 AND 2', 'SELECT 1 FROM t WHERE a = $1 AND (b BETWEEN 1 AND 2 OR TRUE)'],
    ]);
  });

  it('has one alternative less, or one condition less in an alternative', () => {
    expect(without('DELETE FROM t WHERE a AND (b OR (c AND d))').map(([, sql]) => sql)).toEqual([
      'DELETE FROM t WHERE (a OR TRUE) AND (b OR (c AND d))',
      'DELETE FROM t WHERE a AND ((b OR (c AND d)) OR TRUE)',
      'DELETE FROM t WHERE a AND ((b AND FALSE) OR (c AND d))',
      'DELETE FROM t WHERE a AND (b OR ((c AND d) AND FALSE))',
      'DELETE FROM t WHERE a AND (b OR ((c OR TRUE) AND d))',
      'DELETE FROM t WHERE a AND (b OR (c AND (d OR TRUE)))',
    ]);
  });

  it('has all of its alternatives away', () => {
    expect(without('SELECT 1 FROM t WHERE a OR b')[0]).toEqual([
      'WHERE a OR b',
      'SELECT 1 FROM t WHERE (a OR b OR TRUE)',
    ]);
  });

  it('has one condition of a join less, and may join what is not there', () => {
    expect(without('SELECT 1 FROM a LEFT JOIN b ON b.x = a.x AND b.y = 1 WHERE a.z')).toEqual([
      ['WHERE a.z', 'SELECT 1 FROM a LEFT JOIN b ON b.x = a.x AND b.y = 1 WHERE (a.z OR TRUE)'],
      ['ON b.x = a.x', 'SELECT 1 FROM a LEFT JOIN b ON (b.x = a.x OR TRUE) AND b.y = 1 WHERE a.z'],
      ['ON b.y = 1', 'SELECT 1 FROM a LEFT JOIN b ON b.x = a.x AND (b.y = 1 OR TRUE) WHERE a.z'],
      ['LEFT of LEFT JOIN b ON', 'SELECT 1 FROM a JOIN b ON b.x = a.x AND b.y = 1 WHERE a.z'],
    ]);
  });

  it('has one column of USING less, through all joins that follow', () => {
    const sql = 'SELECT 1 FROM unnest($1) AS k (i) JOIN t USING (i) JOIN s USING (i, r) WHERE TRUE';
    expect(without(sql).slice(1)).toEqual([
      [
        'i of USING (i) for t',
        'SELECT 1 FROM unnest($1) AS k (i) JOIN t ON (k.i = t.i OR TRUE) JOIN s ON k.i = s.i AND t.r = s.r WHERE TRUE',
      ],
      [
        'i of USING (i, r) for s',
        'SELECT 1 FROM unnest($1) AS k (i) JOIN t ON k.i = t.i JOIN s ON (k.i = s.i OR TRUE) AND t.r = s.r WHERE TRUE',
      ],
      [
        'r of USING (i, r) for s',
        'SELECT 1 FROM unnest($1) AS k (i) JOIN t ON k.i = t.i JOIN s ON k.i = s.i AND (t.r = s.r OR TRUE) WHERE TRUE',
      ],
    ]);
  });

  it('has one column of a tuple less', () => {
    expect(without('SELECT 1 FROM t WHERE (a, b) IN (SELECT c, d FROM u)').slice(1)).toEqual([
      ['a of (a, b) IN', 'SELECT 1 FROM t WHERE (b) IN (SELECT d FROM u)'],
      ['b of (a, b) IN', 'SELECT 1 FROM t WHERE (a) IN (SELECT c FROM u)'],
    ]);
  });

  it('has no order, limit, lock, or is not materialized', () => {
    const sql =
      'WITH c AS MATERIALIZED (SELECT a FROM t ORDER BY a, b LIMIT $2 FOR UPDATE OF t SKIP LOCKED) SELECT 1';
    expect(Object.fromEntries(without(sql))).toEqual({
      MATERIALIZED:
        'WITH c AS (SELECT a FROM t ORDER BY a, b LIMIT $2 FOR UPDATE OF t SKIP LOCKED) SELECT 1',
      'ORDER BY a, b':
        'WITH c AS MATERIALIZED (SELECT a FROM t LIMIT $2 FOR UPDATE OF t SKIP LOCKED) SELECT 1',
      'ORDER BY a, b, reversed':
        'WITH c AS MATERIALIZED (SELECT a FROM t ORDER BY a DESC, b DESC LIMIT $2 FOR UPDATE OF t SKIP LOCKED) SELECT 1',
      'a of ORDER BY':
        'WITH c AS MATERIALIZED (SELECT a FROM t ORDER BY b LIMIT $2 FOR UPDATE OF t SKIP LOCKED) SELECT 1',
      'b of ORDER BY':
        'WITH c AS MATERIALIZED (SELECT a FROM t ORDER BY a LIMIT $2 FOR UPDATE OF t SKIP LOCKED) SELECT 1',
      'LIMIT $2':
        'WITH c AS MATERIALIZED (SELECT a FROM t ORDER BY a, b LIMIT ($2 + 1000000000) FOR UPDATE OF t SKIP LOCKED) SELECT 1',
      'FOR UPDATE OF t SKIP LOCKED':
        'WITH c AS MATERIALIZED (SELECT a FROM t ORDER BY a, b LIMIT $2 ) SELECT 1',
      'SKIP LOCKED':
        'WITH c AS MATERIALIZED (SELECT a FROM t ORDER BY a, b LIMIT $2 FOR UPDATE OF t ) SELECT 1',
      'FOR UPDATE, as NO KEY UPDATE':
        'WITH c AS MATERIALIZED (SELECT a FROM t ORDER BY a, b LIMIT $2 FOR NO KEY UPDATE OF t SKIP LOCKED) SELECT 1',
    });
  });

  it('forgets what to do about a duplicate', () => {
    expect(
      without('INSERT INTO t SELECT DISTINCT a FROM u ON CONFLICT DO NOTHING RETURNING a'),
    ).toEqual([
      ['ON CONFLICT DO NOTHING', 'INSERT INTO t SELECT DISTINCT a FROM u RETURNING a'],
      ['DISTINCT', 'INSERT INTO t SELECT a FROM u ON CONFLICT DO NOTHING RETURNING a'],
    ]);
    expect(
      without('INSERT INTO t AS x (a) VALUES ($1) ON CONFLICT (a) WHERE b DO UPDATE SET c = $1'),
    ).toEqual([
      [
        'SET c = $1',
        'INSERT INTO t AS x (a) VALUES ($1) ON CONFLICT (a) WHERE b DO UPDATE SET c = CASE WHEN TRUE THEN t.c ELSE $1 END',
      ],
      ['ON CONFLICT (a) WHERE b DO UPDATE SET c = $1', 'INSERT INTO t AS x (a) VALUES ($1)'],
    ]);
  });

  it('leaves one column as it was', () => {
    const sql = 'UPDATE workflow t SET a = $1, b = t.b + 1 FROM u WHERE TRUE';
    expect(without(sql).slice(1)).toEqual([
      [
        'SET a = $1',
        'UPDATE workflow t SET a = CASE WHEN TRUE THEN t.a ELSE $1 END, b = t.b + 1 FROM u WHERE TRUE',
      ],
      [
        'SET b = t.b + 1',
        'UPDATE workflow t SET a = $1, b = CASE WHEN TRUE THEN t.b ELSE t.b + 1 END FROM u WHERE TRUE',
      ],
    ]);
  });

  it('compares with one value less', () => {
    expect(without('SELECT CASE a WHEN 3 THEN 4 ELSE 5 END').map(([, sql]) => sql)).toEqual([
      'SELECT CASE a WHEN CASE WHEN TRUE THEN NULL ELSE 3 END THEN 4 ELSE 5 END',
    ]);
  });

  it('applies a rule never, or always', () => {
    expect(without('SELECT CASE WHEN a AND b THEN 1 ELSE 2 END').map(([, sql]) => sql)).toEqual([
      'SELECT CASE WHEN ((a AND b) AND FALSE) THEN 1 ELSE 2 END',
      'SELECT CASE WHEN ((a AND b) OR TRUE) THEN 1 ELSE 2 END',
      'SELECT CASE WHEN (a OR TRUE) AND b THEN 1 ELSE 2 END',
      'SELECT CASE WHEN a AND (b OR TRUE) THEN 1 ELSE 2 END',
    ]);
  });
});

describe.each(['sqlite', 'postgres'] as const)('the mutants of %s', (dialect) => {
  it('are each another text than the statement', async () => {
    const statements = await statementsOf(dialect);
    const mutants = await allMutants(dialect);

    expect(mutants.length).toBeGreaterThan(100);
    for (const mutant of mutants) {
      const statement = statements[mutant.statement];
      for (const text of mutatedTexts(mutant, statement)) expect(text).not.toBe(statement);
    }
  });

  it('are there for every survivor that is explained', async () => {
    const names = new Set((await allMutants(dialect)).map(nameOf));
    const explained = SURVIVORS.flatMap(({ mutants }) => mutants);

    expect(explained.filter((name) => name.startsWith(dialect) && !names.has(name))).toEqual([]);
  });
});
