/** A response of the demo, as a client sees it. */
export interface Envelope {
  readonly success: boolean;
  readonly message: string;
  readonly statusCode?: number;
  readonly data?: unknown;
  readonly errors?: readonly EnvelopeError[];
  readonly degraded?: boolean;
  readonly metadata?: { readonly steps: readonly EnvelopeStep[] };
}

export interface EnvelopeError {
  readonly code: string;
  readonly message: string;
  readonly stepId?: string;
}

export interface EnvelopeStep {
  readonly stepId: string;
  readonly status: string;
}

/** Status of each step by its id. */
export const statusesOf = (steps: readonly EnvelopeStep[] = []): Record<string, string> =>
  Object.fromEntries(steps.map(({ stepId, status }) => [stepId, status]));

/** The parts of an envelope that a reader of the tour needs, on one line. */
export function summaryOf({ success, message, data, errors, degraded }: Envelope): string {
  return JSON.stringify({
    success,
    message,
    degraded,
    data: withoutDetails(data),
    errors: errors?.map(({ code, message, stepId }) => ({ code, message, stepId })),
  });
}

/** An execution is long; where its steps stand says enough. */
function withoutDetails(data: unknown): unknown {
  const { results, ...execution } = (data ?? {}) as { results?: readonly EnvelopeStep[] };
  if (!results) return data;
  const { id, status } = execution as { id?: string; status?: string };
  return { id, status, steps: statusesOf(results) };
}
