/** What can go wrong with one call of the store. */
export const CALL_FAULTS = [
  'lost-request',
  'lost-reply',
  'late-arrival',
  'serialization',
  'refusal',
  'slow-call',
  'lost-message',
] as const;

export type CallFault = (typeof CALL_FAULTS)[number];

/** What can happen to a node, or to all of them. */
export const INCIDENTS = [
  'crash',
  'pause',
  'partition',
  'shutdown',
  'deploy',
  'read-only',
  'missing-tenant',
] as const;

export type IncidentKind = (typeof INCIDENTS)[number];

export interface Incident {
  readonly kind: IncidentKind;
  /** Virtual milliseconds. */
  readonly at: number;
  /** Milliseconds until it is over. */
  readonly length: number;
  readonly node: number;
}

/** What the code of a step does in one attempt. */
export interface Fate {
  /** Milliseconds. */
  readonly takes: number;
  readonly outcome: 'completes' | 'fails' | 'refuses' | 'reports' | 'hangs' | 'kills';
  /** Stops as soon as it is told to. */
  readonly heeds: boolean;
}

export type Command =
  | {
      readonly kind: 'start';
      readonly at: number;
      readonly node: number;
      readonly tenant: string;
      readonly workflow: string;
      readonly key?: string | undefined;
      /** What is stored of its input cannot be read. */
      readonly garbled: boolean;
      /** By step, one fate for each attempt; the last one is that of all later ones. */
      readonly fates: Readonly<Record<string, readonly Fate[]>>;
    }
  | {
      readonly kind: 'cancel' | 'retry';
      readonly at: number;
      readonly node: number;
      /** Which of the executions there are, from 0 to 1. */
      readonly pick: number;
    };

/** Everything that is decided before a run begins; the rest is drawn from the seed as it goes. */
export interface Plan {
  readonly seed: number;
  /** One process has the store for itself, as on SQLite: no leases, no network. */
  readonly embedded: boolean;
  /** Milliseconds. */
  readonly lease: number;
  /** Milliseconds by which everything else is measured. */
  readonly unit: number;
  readonly nodes: number;
  readonly concurrency: number;
  readonly parallelSteps: number;
  readonly pollInterval: number;
  readonly longestWaitInMemory: number;
  readonly flushesInFlight: number;
  /** The processes tell each other of ends and of work. */
  readonly notifications: boolean;
  /** Mean milliseconds a message travels. */
  readonly latency: number;
  /** By node. */
  readonly clockSkew: readonly number[];
  /** Chances of one call. */
  readonly callFaults: Readonly<Partial<Record<CallFault, number>>>;
  readonly incidents: readonly Incident[];
  readonly commands: readonly Command[];
  /** Virtual milliseconds after which nothing goes wrong any more. */
  readonly healsAt: number;
}
