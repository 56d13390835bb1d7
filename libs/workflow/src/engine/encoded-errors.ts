import type { WorkflowError } from '../result/workflow-error.js';
import type { Codec } from './engine.port.js';

/** How an empty list is encoded. */
const NONE = '[]';

/**
 * Errors as the journal keeps them. Never refused: a failure that could not be written would never
 * end. What cannot be stored is left out: details first, then the last errors of a long list.
 */
export function encodeErrors(errors: readonly WorkflowError[], codec: Codec): string {
  const plain = errors.map(withoutDetails);
  const storable = (error: WorkflowError): boolean => encoded([error], codec) !== undefined;
  return (
    encoded(errors, codec) ??
    encoded(
      errors.map((error, index) => (storable(error) ? error : (plain[index] ?? error))),
      codec,
    ) ??
    longestStart(plain, codec)
  );
}

function longestStart(errors: readonly WorkflowError[], codec: Codec): string {
  for (let kept = errors.length; kept > 0; kept = Math.floor(kept / 2)) {
    const text = encoded(errors.slice(0, kept), codec);
    if (text !== undefined) return text;
  }
  return NONE;
}

const withoutDetails = ({ details: _details, ...rest }: WorkflowError): WorkflowError => rest;

function encoded(errors: readonly WorkflowError[], codec: Codec): string | undefined {
  try {
    return codec.encode(errors);
  } catch {
    return undefined;
  }
}
