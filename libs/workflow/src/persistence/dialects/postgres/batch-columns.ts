/** One array per column, one value per record; what is absent is null. */
export const columnsOf = <T>(
  records: readonly T[],
  values: readonly ((record: T) => unknown)[],
): unknown[][] => values.map((value) => records.map((record) => value(record) ?? null));

/** Elements PostgreSQL expects of an array that it does not know. */
const EXPECTED_LENGTH = 10;

/**
 * The columns of records that are looked up by what they say, so that an empty one changes nothing.
 * For fewer than PostgreSQL expects it would plan each batch anew, as a plan of its own looks cheaper;
 * making it costs more than the batch.
 */
export const paddedColumnsOf = <T>(
  records: readonly T[],
  values: readonly ((record: T) => unknown)[],
): unknown[][] =>
  columnsOf(records, values).map((column) =>
    column.length >= EXPECTED_LENGTH
      ? column
      : [...column, ...Array.from({ length: EXPECTED_LENGTH - column.length }, () => null)],
  );

/** The values of a lone record, by the same columns. */
export const valuesOf = <T>(record: T, values: readonly ((record: T) => unknown)[]): unknown[] =>
  values.map((value) => value(record) ?? null);
