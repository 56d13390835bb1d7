import { WorkflowException } from '../result/workflow.exception.js';

/**
 * What a payload may cost. Checked when a payload is written, never when it is read: a lowered
 * limit does not make stored payloads unreadable.
 *
 * @publicApi
 */
export interface PayloadLimits {
  /**
   * Length of the stored text, in bytes of UTF-8.
   * @default 4194304
   */
  readonly bytes: number;
  /**
   * How many containers may enclose a container, itself included; at most {@link MAX_PAYLOAD_DEPTH}.
   * @default 64
   */
  readonly depth: number;
  /**
   * Keys of one object, or entries of one Map.
   * @default 10000
   */
  readonly keys: number;
}

/** The limits of an engine whose options name none. */
export const DEFAULT_PAYLOAD_LIMITS: PayloadLimits = Object.freeze({
  bytes: 4 * 1024 * 1024,
  depth: 64,
  keys: 10_000,
});

/** The deepest `depth` for which the recursive walk is sure to fit on the stack of a step. */
export const MAX_PAYLOAD_DEPTH = 512;

/**
 * Throws `MODULE_OPTION_INVALID` when a limit is not a positive integer in its range.
 */
export function checkPayloadLimits(limits: PayloadLimits): void {
  checkLimit('bytes', limits.bytes, Number.MAX_SAFE_INTEGER);
  checkLimit('depth', limits.depth, MAX_PAYLOAD_DEPTH);
  checkLimit('keys', limits.keys, Number.MAX_SAFE_INTEGER);
}

function checkLimit(name: keyof PayloadLimits, value: number, maximum: number): void {
  if (Number.isSafeInteger(value) && value >= 1 && value <= maximum) return;
  throw new WorkflowException(
    'MODULE_OPTION_INVALID',
    `The payload limit "${name}" is ${String(value)}. Fix: use an integer from 1 to ${maximum}.`,
    { details: { limit: name, minimum: 1, maximum } },
  );
}
