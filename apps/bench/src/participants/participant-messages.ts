import type { Database } from '../databases/database.js';
import type { ProfileSummary } from '../measuring/cpu-profile.js';
import type { Measurement } from '../measuring/measurement.js';
import type { MemoryState } from '../measuring/memory-state.js';

/** What a participant is made for. */
export interface ParticipantSetup {
  readonly subject: string;
  readonly database: Database;
  /** Executions of one run, for subjects that have no number of their own. */
  readonly executions: number;
}

export type Order =
  | { readonly kind: 'open'; readonly setup: ParticipantSetup }
  | { readonly kind: 'run' }
  | { readonly kind: 'profile' }
  | { readonly kind: 'weigh' }
  | { readonly kind: 'close' };

export type Answer =
  | { readonly kind: 'done' }
  | { readonly kind: 'measured'; readonly measurement: Measurement }
  | { readonly kind: 'profiled'; readonly summary: ProfileSummary }
  | { readonly kind: 'weighed'; readonly state: MemoryState }
  | { readonly kind: 'failed'; readonly reason: string };
