import { createHash } from 'node:crypto';

/**
 * The same id for the same thing of the same execution. A step that is repeated after a crash then
 * makes the row it made before, and the database knows it already.
 */
export const stableId = (executionId: string, thing: string): string =>
  createHash('sha256').update(`${executionId}/${thing}`).digest('hex').slice(0, 32);
