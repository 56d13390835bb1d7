import type { ExecutionSnapshot } from '../engine/execution-snapshot.js';
import type { ExecutionKey } from '../engine/journal.port.js';
import { Registry } from '../runtime/registry.js';

interface Watch {
  readonly key: ExecutionKey;
  /** The end of an earlier one is not waited for. */
  readonly run: number;
  readonly promise: Promise<ExecutionSnapshot>;
  readonly resolve: (snapshot: ExecutionSnapshot) => void;
  readonly reject: (error: unknown) => void;
  /** Callers that share the promise. */
  watchers: number;
}

const FIRST_RUN = 1;

/** Who waits for which execution to end. */
export class CompletionBoard {
  private readonly watches = new Registry<readonly Watch[]>();
  private closed: { readonly error: unknown } | undefined;

  /**
   * Resolves when this run of the execution, or a later one, ends in this process. Callers that share
   * it share the promise.
   */
  watch(key: ExecutionKey, run = FIRST_RUN): Promise<ExecutionSnapshot> {
    const name = nameOf(key);
    const watches = this.watches.get(name) ?? [];
    const existing = watches.find((watch) => watch.run === run);
    if (existing) {
      existing.watchers += 1;
      return existing.promise;
    }
    const watch = deferred(key, run);
    if (this.closed) watch.reject(this.closed.error);
    else this.watches.set(name, [...watches, watch]);
    return watch.promise;
  }

  /** What is waited for, the longest first. */
  awaited(): readonly ExecutionKey[] {
    return this.watches.values().map(([{ key }]) => key);
  }

  isAwaited(key: ExecutionKey): boolean {
    return this.watches.has(nameOf(key));
  }

  /** One caller does not wait for any end any longer; those who share the promise still do. */
  forget(key: ExecutionKey): void {
    const name = nameOf(key);
    const watches = this.watches.get(name) ?? [];
    const watch = watches.find(({ run }) => run === FIRST_RUN);
    if (!watch) return;
    watch.watchers -= 1;
    if (watch.watchers > 0) return;
    this.keep(
      name,
      watches.filter((other) => other !== watch),
    );
  }

  announce(snapshot: ExecutionSnapshot): void {
    const name = nameOf(snapshot);
    const watches = this.watches.get(name);
    if (!watches) return;
    this.keep(
      name,
      watches.filter(({ run }) => run > snapshot.run),
    );
    for (const { run, resolve } of watches) if (run <= snapshot.run) resolve(snapshot);
  }

  /** There will be no end to announce. */
  fail(key: ExecutionKey, error: unknown): void {
    const name = nameOf(key);
    for (const { reject } of this.watches.get(name) ?? []) reject(error);
    this.watches.delete(name);
  }

  /** Tells everybody, also who comes later, that this process will not see the end. */
  close(error: unknown): void {
    this.closed = { error };
    for (const { reject } of this.watches.values().flat()) reject(error);
    this.watches.clear();
  }

  private keep(name: string, watches: readonly Watch[]): void {
    if (watches.length === 0) this.watches.delete(name);
    else this.watches.set(name, watches);
  }
}

function deferred({ tenantId, executionId }: ExecutionKey, run: number): Watch {
  let resolve!: Watch['resolve'];
  let reject!: Watch['reject'];
  const promise = new Promise<ExecutionSnapshot>((accept, refuse) => {
    resolve = accept;
    reject = refuse;
  });
  // A watch that nobody awaits must not end the process when it is closed.
  promise.catch(() => undefined);
  return { key: { tenantId, executionId }, run, promise, resolve, reject, watchers: 1 };
}

const nameOf = ({ tenantId, executionId }: ExecutionKey): string => `${tenantId} ${executionId}`;
