import { createHash } from 'node:crypto';

/** SHA-256 of a payload's stored text, in hexadecimal. */
export function hashPayload(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}
