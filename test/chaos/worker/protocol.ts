/** How a worker is called in the list of sessions of a server. */
export const SESSION_NAME = 'chaos-worker';

/** How a worker is made; given to it as JSON in its only argument. */
export interface WorkerSettings {
  /** A file; with `postgres`, an address. */
  readonly database: string;
  /** File that every effect adds a line to. */
  readonly effects: string;
  /** `data-source`, `postgres`: on a DataSource of its own, whose driver knows the failpoints. */
  readonly store: 'embedded' | 'data-source' | 'postgres';
  /** Names of the workflows that are registered at boot. */
  readonly workflows: readonly WorkflowName[];
  readonly concurrency?: number;
  /** Milliseconds. */
  readonly lease?: number;
  /** Milliseconds. */
  readonly lockTimeout?: number;
  /** Milliseconds. */
  readonly drainTimeout?: number;
  /** Milliseconds. */
  readonly pollInterval?: number;
  /** Most pages that the database may have; only with `data-source`. */
  readonly pages?: number;
  /** Leave by `process.exit` after a shutdown, instead of by the signal. */
  readonly exitByCode?: boolean;
}

export type WorkflowName =
  | 'order'
  | 'order-with-extra-step'
  | 'order-with-renamed-step'
  | 'order-with-other-timeouts'
  | 'greeting'
  | 'patient'
  | 'fragile'
  | 'hourly'
  | 'transfer';

/** What the harness may ask for, and what it is answered. */
export interface Orders {
  /** Starts an execution under a key that is its idempotency key too. */
  start: {
    readonly ask: { readonly key: string; readonly workflow?: string; readonly ballast?: number };
    readonly answer: { readonly executionId: string; readonly joined: boolean };
  };
  /** Starts an execution in the transaction that writes a row of `transfer` for its key. */
  startInTransaction: {
    readonly ask: { readonly key: string };
    readonly answer: { readonly executionId: string; readonly joined: boolean };
  };
  /** Makes the worker fail from now on, as `FAIL_AT` does from the boot. */
  arm: { readonly ask: { readonly failAt: string }; readonly answer: true };
  /** Whether what was armed last has happened. */
  failed: { readonly ask: Record<string, never>; readonly answer: boolean };
  /** Waits for the end of what `start` began under the key. */
  result: {
    readonly ask: { readonly key: string };
    readonly answer: {
      readonly success: boolean;
      readonly statusCode: number | undefined;
      readonly data: unknown;
    };
  };
  find: {
    readonly ask: { readonly executionId: string };
    readonly answer: { readonly status: string; readonly reason: string | undefined } | undefined;
  };
  cancel: { readonly ask: { readonly executionId: string }; readonly answer: boolean };
  /** Runs a failed execution again and waits for the end. */
  retry: { readonly ask: { readonly executionId: string }; readonly answer: boolean };
  /** Registers another workflow while the application runs. */
  register: { readonly ask: { readonly workflow: 'order' }; readonly answer: true };
  /** Lets the patient step of the execution go on. */
  release: { readonly ask: { readonly key: string }; readonly answer: true };
  /** Lets the fragile step of the key succeed from now on. */
  mend: { readonly ask: { readonly key: string }; readonly answer: true };
  /** Changes how many pages the database may have. */
  pages: { readonly ask: { readonly pages: number }; readonly answer: true };
  /** Closes the application in good order. */
  stop: { readonly ask: Record<string, never>; readonly answer: true };
}

export type OrderName = keyof Orders;
export type Ask<K extends OrderName> = Orders[K]['ask'];
export type Answer<K extends OrderName> = Orders[K]['answer'];

/** From the harness to the worker. */
export interface OrderMessage<K extends OrderName = OrderName> {
  readonly id: number;
  readonly name: K;
  readonly ask: Ask<K>;
}

/** From the worker to the harness. */
export type WorkerMessage =
  | { readonly kind: 'answer'; readonly id: number; readonly answer: unknown }
  | { readonly kind: 'refusal'; readonly id: number; readonly code: string; readonly text: string }
  | WorkerEvent;

export type WorkerEvent =
  | { readonly kind: 'booting' | 'ready' | 'shutting-down' }
  | { readonly kind: 'boot-failed'; readonly code: string; readonly text: string }
  /** A step is about to do something, has done it, or was told to stop. */
  | {
      readonly kind: 'entered' | 'effect' | 'aborted';
      readonly key: string;
      readonly step: string;
    };
