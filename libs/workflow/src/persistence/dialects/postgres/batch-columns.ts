type Scalar = string | number | boolean | null | undefined;

/** What a column takes from a record, and how its values travel. */
export interface Column<T> {
  readonly valueIn: (record: T) => Scalar;
  /** As lines of one text, in which nothing is escaped: an array escapes each quote of JSON. */
  readonly inLines: boolean;
}

export const inArray = <T>(valueIn: (record: T) => Scalar): Column<T> => ({
  valueIn,
  inLines: false,
});

/** For texts that are JSON: what {@link fitLines} does not hold of is not to be sent so. */
export const inLines = <T>(valueIn: (record: T) => string | undefined): Column<T> => ({
  valueIn,
  inLines: true,
});

/** Whether no value would be taken for several lines, or for none. JSON has none like that, as we write it. */
export const fitLines = <T>(records: readonly T[], columns: readonly Column<T>[]): boolean =>
  columns.every(
    (column) => !column.inLines || records.every((record) => isLine(column.valueIn(record))),
  );

const isLine = (value: Scalar): boolean =>
  isAbsent(value) || (typeof value === 'string' && value !== '' && !value.includes('\n'));

/** The column of a part, for who has the whole; a part that is absent has nothing in it. */
export const within = <T, U>(
  partOf: (whole: U) => T | undefined,
  { valueIn, inLines: asLines }: Column<T>,
): Column<U> => ({
  inLines: asLines,
  valueIn(whole) {
    const part = partOf(whole);
    return part === undefined ? undefined : valueIn(part);
  },
});

/** One parameter per column, one value per record; what is absent is null. */
export const columnsOf = <T>(
  records: readonly T[],
  columns: readonly Column<T>[],
): readonly (string | null)[] => parametersOf(records, columns, records.length);

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
): readonly (string | null)[] =>
  parametersOf(records, columns, Math.max(records.length, EXPECTED_LENGTH));

/** The values of a lone record, by the same columns. */
export const valuesOf = <T>(record: T, columns: readonly Column<T>[]): Scalar[] =>
  columns.map(({ valueIn }) => valueIn(record) ?? null);

/** The first column says how many rows there are; another one may be shorter, or nothing at all. */
function parametersOf<T>(
  records: readonly T[],
  columns: readonly Column<T>[],
  length: number,
): (string | null)[] {
  return columns.map((column, index) => {
    const values = records.map(column.valueIn);
    if (index > 0 && values.every(isAbsent)) return null;
    // An empty line stands for what is absent.
    return column.inLines ? values.join('\n') : arrayOf(values, length);
  });
}

const isAbsent = (value: Scalar): value is null | undefined =>
  value === undefined || value === null;

/** An array as PostgreSQL reads it. The driver could write it too, at twice the cost. */
function arrayOf(values: readonly Scalar[], length: number): string {
  const elements = values.map(elementOf);
  for (let missing = length - values.length; missing > 0; missing -= 1) elements.push('NULL');
  return `{${elements.join(',')}}`;
}

function elementOf(value: Scalar): string {
  if (isAbsent(value)) return 'NULL';
  if (typeof value !== 'string') return String(value);
  return value.includes('"') || value.includes('\\') ? `"${escaped(value)}"` : `"${value}"`;
}

const escaped = (text: string): string => text.replace(/["\\]/g, '\\$&');
