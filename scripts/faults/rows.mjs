// Which rows of the fault catalogue must be tests, and which of them cannot be yet.

const range = (first, last) =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

const nameOf = (row) => `F${String(row).padStart(2, '0')}`;

/** Rows that must be named tests as far as they speak of what exists. */
export const REQUIRED_ROWS = [
  ...range(1, 6),
  ...range(8, 31),
  ...range(33, 36),
  ...range(38, 39),
  ...range(43, 43),
  ...range(45, 55),
  ...range(57, 62),
  ...range(64, 65),
  ...range(68, 74),
].map(nameOf);

/** Required rows that speak of what does not exist, by the reason. */
export const LEFT_ROWS = new Map([]);
