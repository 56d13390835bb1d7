const DECIMAL_BOUND = 1n << 256n;
const FORM = /^-?(?:\d+|0x[\da-f]+)$/;

/**
 * Writes a BigInt: decimal as long as people may want to read it, then hexadecimal, because decimal
 * digits of a huge number take time that grows with the square of its length.
 */
export function bigintToForm(value: bigint): string {
  if (value < DECIMAL_BOUND && value > -DECIMAL_BOUND) return value.toString();
  return value < 0n ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}`;
}

/** Reads what {@link bigintToForm} wrote; `undefined` if it did not write it. */
export function bigintFromForm(form: string): bigint | undefined {
  if (!FORM.test(form)) return undefined;
  return form.startsWith('-') ? -BigInt(form.slice(1)) : BigInt(form);
}
