import type { Database } from '../databases/database.js';
import type { Measurement } from '../measuring/measurement.js';

/** What a participant is made for. */
export interface ParticipantSetup {
  readonly subject: string;
  readonly database: Database;
}

export type Order =
  | { readonly kind: 'open'; readonly setup: ParticipantSetup }
  | { readonly kind: 'run' }
  | { readonly kind: 'close' };

export type Answer =
  | { readonly kind: 'done' }
  | { readonly kind: 'measured'; readonly measurement: Measurement }
  | { readonly kind: 'failed'; readonly reason: string };
