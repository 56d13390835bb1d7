import { isWorkflowException, WorkflowException } from '../result/workflow.exception.js';
import { revive } from './payload-decoder.js';
import { PayloadEncoder } from './payload-encoder.js';
import { checkPayloadLimits, type PayloadLimits } from './payload-limits.js';
import { malformedMessage } from './payload.messages.js';

// A tag is the first key of its object. Inside a string the quote would have a backslash before it.
const TAG = /\{\s*"\$/;

/**
 * Turns values into text for a `text` column and back, so that a step reads the same whether its
 * input was made a moment ago or before a restart. The text is JSON with tags; NUL and lone
 * surrogates are escaped. `payload-tags.ts` describes the tags.
 *
 * Comes back as it went in: JSON values, `undefined`, NaN, ±Infinity, -0, BigInt, Date, RegExp, Map,
 * Set, Buffer, ArrayBuffer, typed arrays, DataView. Of an Error come back its name, message, stack,
 * `code` if a string, own `details`, the errors of an AggregateError and up to five causes; it is a
 * plain Error. Holes of arrays become `undefined`; boxed primitives are unboxed; what is shared is
 * stored twice; instances of other classes become what their `toJSON` method returns, or else their
 * own enumerable properties.
 *
 * Limits hold for writing only, so that lowering one does not make stored payloads unreadable.
 *
 * @publicApi
 */
export class PayloadCodec {
  /** Throws `MODULE_OPTION_INVALID` when a limit is out of range. */
  constructor(private readonly limits: PayloadLimits) {
    checkPayloadLimits(limits);
  }

  /**
   * The stored form of a value.
   *
   * - `SERIALIZATION_FAILED`: something in it has no durable form; `details.path` says where.
   * - `PAYLOAD_TOO_COMPLEX`: nested too deeply or too many keys; `details.path` says where.
   * - `PAYLOAD_TOO_LARGE`: `details.bytes` is what was counted until the walk stopped, so at most
   *   the true size; `details.limit` is the limit.
   * - `PAYLOAD_FORBIDDEN_KEY`: a key could change the prototype of objects; `details.path`.
   */
  encode(value: unknown): string {
    return new PayloadEncoder(this.limits).encode(value);
  }

  /**
   * The value of a stored form. Throws `SERIALIZATION_FAILED` when the codec did not write the text,
   * `PAYLOAD_FORBIDDEN_KEY` when somebody else added such a key to it.
   */
  decode(text: string): unknown {
    // A driver that gives null for a missing payload must not pass for a stored null.
    if (typeof text !== 'string') throw malformed('it is not text');
    try {
      const value: unknown = JSON.parse(text);
      return needsWalk(text) ? revive(value) : value;
    } catch (error) {
      if (isWorkflowException(error)) throw error;
      throw malformed('it is not what the codec writes', error);
    }
  }
}

/** Whether a text has a tag, or a key that the encoder would have refused, perhaps escaped. */
function needsWalk(text: string): boolean {
  return (
    TAG.test(text) ||
    text.includes('__proto__') ||
    text.includes('prototype') ||
    text.includes('\\u00')
  );
}

function malformed(reason: string, cause?: unknown): WorkflowException {
  return new WorkflowException('SERIALIZATION_FAILED', malformedMessage(reason), { cause });
}
