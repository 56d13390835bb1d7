/** One array per column, one value per record; what is absent is null. */
export const columnsOf = <T>(
  records: readonly T[],
  values: readonly ((record: T) => unknown)[],
): unknown[][] => values.map((value) => records.map((record) => value(record) ?? null));

/** The values of a lone record, by the same columns. */
export const valuesOf = <T>(record: T, values: readonly ((record: T) => unknown)[]): unknown[] =>
  values.map((value) => value(record) ?? null);
