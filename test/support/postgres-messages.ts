/** A message of the protocol of PostgreSQL, with its head. */
export interface PostgresMessage {
  /** One letter; none for the first of a client. */
  readonly kind: string;
  readonly bytes: Buffer;
}

const LENGTH = 4;

/** Puts together the messages of one direction of a connection. */
export class PostgresMessages {
  private rest: Buffer = Buffer.alloc(0);

  /** @param kinded whether the first message has a kind, like all others */
  constructor(private kinded: boolean) {}

  /** What has become complete. */
  *read(chunk: Buffer): Generator<PostgresMessage> {
    this.rest = Buffer.concat([this.rest, chunk]);
    for (;;) {
      const head = this.kinded ? 1 : 0;
      if (this.rest.length < head + LENGTH) return;
      const end = head + this.rest.readInt32BE(head);
      if (this.rest.length < end) return;
      const bytes = this.rest.subarray(0, end);
      const kind = this.kinded ? String.fromCharCode(bytes[0]) : '';
      this.rest = this.rest.subarray(end);
      this.kinded = true;
      yield { kind, bytes };
    }
  }
}

/** @param kind empty for the first message of a client */
export function messageOf(kind: string, body: Buffer): Buffer {
  const length = Buffer.alloc(LENGTH);
  length.writeInt32BE(LENGTH + body.length);
  return Buffer.concat([Buffer.from(kind), length, body]);
}

/** Texts as the protocol ends them. */
export const texts = (...values: readonly string[]): Buffer =>
  Buffer.from(values.map((value) => `${value}\0`).join(''));

export const integers = (...values: readonly number[]): Buffer =>
  Buffer.concat(
    values.map((value) => {
      const bytes = Buffer.alloc(LENGTH);
      bytes.writeInt32BE(value);
      return bytes;
    }),
  );
