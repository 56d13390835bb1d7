import type { Database } from '../databases/database.js';

/** What the process that starts tells the one that waits. */
export type AwaitingOrder =
  | { readonly kind: 'open'; readonly database: Database }
  | { readonly kind: 'await'; readonly number: number };

/** What the process that waits answers. */
export type Awaiting =
  | { readonly kind: 'open' }
  | { readonly kind: 'waits' }
  /** `at`: nanoseconds of the clock that all processes of a machine share. */
  | { readonly kind: 'result'; readonly at: string };
