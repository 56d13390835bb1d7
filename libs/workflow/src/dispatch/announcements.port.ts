import type { ExecutionKey } from '../engine/journal.port.js';

/**
 * What a process tells the others of its database. Hints only: whoever hears nothing finds out by
 * looking for himself, a little later.
 */
export abstract class Announcements {
  /** An execution ended here. */
  abstract ended(key: ExecutionKey): void;
  /** Work is due that this process has not taken. */
  abstract workLeft(): void;
  /** An execution that is awaited here may end elsewhere. */
  abstract endExpected(): void;
  /** Resolves when the last word is said. */
  abstract close(): Promise<void>;
}

/** Where a process has its database for itself, or shall not speak: there is nobody to tell. */
export class NobodyToTell extends Announcements {
  override ended(): void {}
  override workLeft(): void {}
  override endExpected(): void {}
  override close(): Promise<void> {
    return Promise.resolve();
  }
}
