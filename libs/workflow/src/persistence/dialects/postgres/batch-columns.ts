type Scalar = string | number | boolean | null | undefined;

/** What a column takes from a record. */
export type Column<T> = (record: T) => Scalar;

/** One array per column, one value per record; what is absent is null. */
export const columnsOf = <T>(
  records: readonly T[],
  columns: readonly Column<T>[],
): readonly string[] => columns.map((column) => arrayOf(records, column, records.length));

/** Elements PostgreSQL expects of an array that it does not know. */
const EXPECTED_LENGTH = 10;

/**
 * The columns of records that are looked up by what they say, so that an empty one changes nothing.
 * For fewer than PostgreSQL expects it would plan each batch anew, as a plan of its own looks cheaper;
 * making it costs more than the batch.
 */
export const paddedColumnsOf = <T>(
  records: readonly T[],
  columns: readonly Column<T>[],
): readonly string[] => {
  const length = Math.max(records.length, EXPECTED_LENGTH);
  return columns.map((column) => arrayOf(records, column, length));
};

/** The values of a lone record, by the same columns. */
export const valuesOf = <T>(record: T, columns: readonly Column<T>[]): Scalar[] =>
  columns.map((column) => column(record) ?? null);

/** An array as PostgreSQL reads it. The driver could write it too, at twice the cost. */
function arrayOf<T>(records: readonly T[], column: Column<T>, length: number): string {
  let elements = '';
  for (const record of records) elements += `,${elementOf(column(record))}`;
  for (let missing = length - records.length; missing > 0; missing -= 1) elements += ',NULL';
  return `{${elements.slice(1)}}`;
}

function elementOf(value: Scalar): string {
  if (value === undefined || value === null) return 'NULL';
  if (typeof value !== 'string') return String(value);
  return value.includes('"') || value.includes('\\') ? `"${escaped(value)}"` : `"${value}"`;
}

const escaped = (text: string): string => text.replace(/["\\]/g, '\\$&');
