/** How to reach the PostgreSQL server. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

/** Where a worker keeps executions, and where its plain steps leave their effects. */
export type WorkerStore =
  | {
      readonly kind: 'postgres';
      /** Perhaps a proxy. */
      readonly engine: ServerAddress;
      readonly effects: ServerAddress;
    }
  | { readonly kind: 'sqlite'; readonly file: string; readonly effects: string };

/** What a worker is told when it is forked. */
export interface WorkerSettings {
  /** Name of this life. */
  readonly life: string;
  readonly store: WorkerStore;
  /** Milliseconds. */
  readonly lease: number;
  /** Longest work of a step, in milliseconds. */
  readonly longestWork: number;
  readonly unfenced: boolean;
  /** Statements to run before and after the application is made. */
  readonly beforeBoot: readonly string[];
  readonly afterBoot: readonly string[];
}

/** Input of every execution. */
export interface Order {
  readonly key: string;
  /** One transactional step fails once, after it has written. */
  readonly fragile: boolean;
}

/** From the harness to a worker. */
export type Command =
  | {
      readonly kind: 'start';
      readonly id: number;
      readonly tenant: string;
      readonly workflow: string;
      readonly order: Order;
    }
  | { readonly kind: 'remaining'; readonly id: number }
  | { readonly kind: 'stop' };

/** From a worker to the harness. */
export type Report =
  | { readonly kind: 'ready' }
  | { readonly kind: 'answer'; readonly id: number; readonly value: string | number }
  | { readonly kind: 'refusal'; readonly id: number; readonly text: string }
  /** Writes that the database refused because they came from a former owner. */
  | { readonly kind: 'fenced'; readonly writes: number };

/** A worker leaves with this code when it cannot reach the database at boot. */
export const BOOT_REFUSED = 75;

export const TENANTS = ['acme', 'globex'] as const;

/** The two end differently: by the journal, and inside the transaction of the last step. */
export const WORKFLOWS = ['ends-in-journal', 'ends-in-transaction'] as const;

export const TRANSACTIONAL_STEPS = ['reserve', 'settle'] as const;
export const PLAIN_STEPS = ['label', 'announce'] as const;
