import type { ExecutionSnapshot } from '../engine/execution-snapshot.js';
import type { ExecutionKey } from '../engine/journal.port.js';
import { Registry } from '../runtime/registry.js';

interface Watch {
  readonly key: ExecutionKey;
  readonly promise: Promise<ExecutionSnapshot>;
  readonly resolve: (snapshot: ExecutionSnapshot) => void;
  readonly reject: (error: unknown) => void;
  /** Callers that share the promise. */
  watchers: number;
}

/** Who waits for which execution to end. */
export class CompletionBoard {
  private readonly watches = new Registry<Watch>();
  private closed: { readonly error: unknown } | undefined;

  /** Resolves when the execution ends in this process. Callers that share an execution share the promise. */
  watch(key: ExecutionKey): Promise<ExecutionSnapshot> {
    const name = nameOf(key);
    const existing = this.watches.get(name);
    if (existing) {
      existing.watchers += 1;
      return existing.promise;
    }
    const watch = deferred(key);
    if (this.closed) watch.reject(this.closed.error);
    else this.watches.set(name, watch);
    return watch.promise;
  }

  /** What is waited for, the longest first. */
  awaited(): readonly ExecutionKey[] {
    return this.watches.values().map(({ key }) => key);
  }

  isAwaited(key: ExecutionKey): boolean {
    return this.watches.has(nameOf(key));
  }

  /** One caller does not wait any longer; those who share the promise still do. */
  forget(key: ExecutionKey): void {
    const watch = this.watches.get(nameOf(key));
    if (!watch) return;
    watch.watchers -= 1;
    if (watch.watchers === 0) this.watches.delete(nameOf(key));
  }

  announce(snapshot: ExecutionSnapshot): void {
    const name = nameOf(snapshot);
    this.watches.get(name)?.resolve(snapshot);
    this.watches.delete(name);
  }

  /** There will be no end to announce. */
  fail(key: ExecutionKey, error: unknown): void {
    const name = nameOf(key);
    this.watches.get(name)?.reject(error);
    this.watches.delete(name);
  }

  /** Tells everybody, also who comes later, that this process will not see the end. */
  close(error: unknown): void {
    this.closed = { error };
    for (const { reject } of this.watches.values()) reject(error);
    this.watches.clear();
  }
}

function deferred({ tenantId, executionId }: ExecutionKey): Watch {
  let resolve!: Watch['resolve'];
  let reject!: Watch['reject'];
  const promise = new Promise<ExecutionSnapshot>((accept, refuse) => {
    resolve = accept;
    reject = refuse;
  });
  // A watch that nobody awaits must not end the process when it is closed.
  promise.catch(() => undefined);
  return { key: { tenantId, executionId }, promise, resolve, reject, watchers: 1 };
}

const nameOf = ({ tenantId, executionId }: ExecutionKey): string => `${tenantId} ${executionId}`;
