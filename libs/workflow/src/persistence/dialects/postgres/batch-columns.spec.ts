import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import pg from 'pg';
import {
  columnsOf,
  fitLines,
  inArray,
  inLines,
  paddedColumnsOf,
  valuesOf,
  within,
} from './batch-columns.js';

/** As the driver reads an array of texts. */
const readArray = pg.types.getTypeParser(1009 as number, 'text') as (
  literal: string,
) => (string | null)[];
const read = (parameter: string | null): (string | null)[] => readArray(String(parameter));

type Scalar = string | number | boolean | null | undefined;

describe('the columns of a batch', () => {
  const own = [inArray((record: Scalar) => record)];
  const document = [inLines((record: { text: string | undefined }) => record.text)];

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

  it('are one parameter each, also of no records', () => {
    const columns = [inArray((record: { a: number }) => record.a), inArray(() => 'b')];
    expect(columnsOf([{ a: 1 }, { a: 2 }], columns)).toEqual(['{1,2}', '{"b","b"}']);
    expect(columnsOf([], columns)).toEqual(['{}', null]);
  });

  it('are null where no record has a value, but for the first, which says how many there are', () => {
    const columns = [inArray(() => null), inArray(() => undefined), inLines(() => undefined)];
    expect(columnsOf([1, 2], columns)).toEqual(['{NULL,NULL}', null, null]);
  });

  it('are padded to the length that PostgreSQL expects, and no longer ones', () => {
    expect(paddedColumnsOf([1], own).map(read)).toEqual([['1', ...Array<null>(9).fill(null)]]);
    const eleven = Array.from({ length: 11 }, (_, n) => String(n));
    expect(paddedColumnsOf(eleven, own).map(read)).toEqual([eleven]);
  });

  it('of JSON fit into lines, and an empty one is nothing', () => {
    const values = fc.array(fc.option(fc.jsonValue()), { minLength: 1 });
    fc.assert(
      fc.property(values, (documents) => {
        const records = documents.map((value) => ({
          text: value === null ? undefined : JSON.stringify(value),
        }));
        const [lines] = columnsOf(records, document);
        expect(fitLines(records, document)).toBe(true);
        expect(lines?.split('\n').map((line) => ({ text: line || undefined }))).toEqual(records);
      }),
    );
  });

  it.each(['{\n}', '\n', ''])('do not fit into lines with %j, which is another line', (text) => {
    expect(fitLines([{ text: '1' }, { text }], document)).toBe(false);
    expect(fitLines([text], own)).toBe(true);
  });

  it('of a part are those of the part, and nothing where it is absent', () => {
    const inner = within(
      (whole: { part?: { a: number } }) => whole.part,
      inArray(({ a }) => a),
    );
    expect(columnsOf([{ part: { a: 1 } }, {}], [inner])).toEqual(['{1,NULL}']);
  });

  it('of a lone record are its values', () => {
    expect(valuesOf({ a: 1 }, [inArray(({ a }) => a), inArray(() => undefined)])).toEqual([
      1,
      null,
    ]);
  });
});
