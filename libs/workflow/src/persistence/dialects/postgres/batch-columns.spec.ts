import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import pg from 'pg';
import { columnsOf, paddedColumnsOf, valuesOf, type Column } from './batch-columns.js';

/** As the driver reads an array of texts. */
const read = pg.types.getTypeParser(1009 as number, 'text') as (
  literal: string,
) => (string | null)[];

describe('the columns of a batch', () => {
  const own: readonly Column<string | number | boolean | null | undefined>[] = [(record) => record];

  it('say each value as it is, whatever is in it', () => {
    const values = fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.constant('NULL')));
    fc.assert(
      fc.property(values, (texts) => {
        expect(columnsOf(texts, own).map(read)).toEqual([texts]);
      }),
    );
  });

  it('say numbers and truths as PostgreSQL reads them, and nothing as null', () => {
    expect(columnsOf([1, -2.5, true, false, null, undefined, ''], own)).toEqual([
      '{1,-2.5,true,false,NULL,NULL,""}',
    ]);
  });

  it('have one array for each, also of no records', () => {
    const columns = [(record: { a: number }) => record.a, () => 'b'];
    expect(columnsOf([{ a: 1 }, { a: 2 }], columns)).toEqual(['{1,2}', '{"b","b"}']);
    expect(columnsOf([], columns)).toEqual(['{}', '{}']);
  });

  it('are padded to the length that PostgreSQL expects, and no longer ones', () => {
    expect(paddedColumnsOf([1], own).map(read)).toEqual([['1', ...Array<null>(9).fill(null)]]);
    const eleven = Array.from({ length: 11 }, (_, n) => String(n));
    expect(paddedColumnsOf(eleven, own).map(read)).toEqual([eleven]);
  });

  it('of a lone record are its values', () => {
    expect(valuesOf({ a: 1 }, [({ a }) => a, () => undefined])).toEqual([1, null]);
  });
});
