import { v7 } from 'uuid';

/**
 * Makes ids of executions: UUIDv7, so that ids order by time of creation.
 *
 * @publicApi
 */
export abstract class IdGenerator {
  abstract next(): string;
}

/** UUIDv7 of the machine's clock and randomness. */
export class UuidGenerator extends IdGenerator {
  next(): string {
    return v7();
  }
}
