/** What the driver says when a connection went away under a statement; it gives no code then. */
export const LOST_CONNECTION =
  /connection terminated|connection ended|timeout exceeded|query read timeout|client has encountered a connection error|not queryable|query runner already released/i;

/** What is known of one link of a chain of failures; what is missing is empty. */
interface FaultLink {
  readonly code: string;
  readonly message: string;
}

/** Links looked at; a chain may be a circle. */
const LONGEST_CHAIN = 5;

/** A failure and what it was wrapped around. */
export function chainOf(error: unknown): readonly FaultLink[] {
  const chain: FaultLink[] = [];
  for (let at: unknown = error; at !== undefined && at !== null && chain.length < LONGEST_CHAIN;) {
    const { code, message, driverError, cause } = at as Readonly<Record<string, unknown>>;
    chain.push({
      code: typeof code === 'string' ? code : '',
      message: typeof message === 'string' ? message : '',
    });
    at = driverError ?? cause;
  }
  return chain;
}
