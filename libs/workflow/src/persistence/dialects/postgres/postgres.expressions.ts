/** Type of a text that in a batch has no line feed and is not empty. */
export const LINE = 'line of text';

/** Columns of a batch, each an array with one value per record; of lines, one text. */
export const columns = (first: number, types: readonly string[]): string =>
  types.map((type, index) => columnOf(`$${first + index}`, type)).join(', ');

const columnOf = (parameter: string, type: string): string =>
  type === LINE ? `string_to_array(${parameter}::text, chr(10), '')` : `${parameter}::${type}[]`;

/** The values of a lone record. */
export const values = (first: number, types: readonly string[]): string =>
  types.map((type, index) => `$${first + index}::${type === LINE ? 'text' : type}`).join(', ');

/** The database's clock, with the offset of `$1` milliseconds that is zero outside tests. */
export const moment = {
  /** STABLE, so that an index can be searched with it. */
  now: `(statement_timestamp() + $1::float8 * interval '1 ms')`,
  /** Leases count from the moment they are written, which may be long after the statement began. */
  atWrite: `(clock_timestamp() + $1::float8 * interval '1 ms')`,
} as const;

/** Milliseconds since the epoch, as a number that nobody has to read as a date. */
export const epochOf = (moment: string): string => `round(date_part('epoch', ${moment}) * 1000)`;

export const milliseconds = (value: string): string => `${value} * interval '1 ms'`;

export const momentOf = (value: string): string => `to_timestamp(${value} / 1000.0)`;
