import { createHash } from 'node:crypto';

/** SHA-256 of a payload's stored text, in hexadecimal. */
export function hashPayload(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

/** The same for payloads that differ only in the order in which their keys were written. */
export function hashOfContent(text: string): string {
  return hashPayload(inKeyOrder(JSON.parse(text)));
}

/** As deep as a payload may be, no deeper: what it is given has passed the encoder. */
function inKeyOrder(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(inKeyOrder).join()}]`;
  const record = value as Readonly<Record<string, unknown>>;
  const entries = Object.keys(record)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${inKeyOrder(record[key])}`);
  return `{${entries.join()}}`;
}
