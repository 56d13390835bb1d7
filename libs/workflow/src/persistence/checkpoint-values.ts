import type { StepCheckpoint } from '../engine/journal.port.js';

/** A checkpoint as parameters of a statement that inserts it, in the order of the columns. */
export const checkpointValues = (checkpoint: StepCheckpoint): unknown[] => [
  checkpoint.stepId,
  checkpoint.status,
  checkpoint.attempts,
  checkpoint.output ?? null,
  checkpoint.errors ?? null,
  checkpoint.statusCode ?? null,
  checkpoint.reason ?? null,
  checkpoint.writes ?? null,
  checkpoint.audit ?? null,
  checkpoint.usage ?? null,
  checkpoint.startedAt ?? null,
  checkpoint.finishedAt,
];
