/** Why an attempt was told to stop; the reason of its AbortSignal. */
export class AttemptAborted extends Error {
  override readonly name = 'AttemptAborted';
}

/**
 * Tells an attempt to stop. The AbortSignal a step may ask for is made when it asks: most never do,
 * and making one costs more than the rest of an attempt.
 */
export class AttemptAbort {
  private controller: AbortController | undefined;
  private cause: unknown;
  /** Called once, when the attempt is told to stop. */
  onAbort: ((reason: unknown) => void) | undefined;

  get aborted(): boolean {
    return this.cause !== undefined;
  }

  get signal(): AbortSignal {
    if (!this.controller) {
      this.controller = new AbortController();
      if (this.aborted) this.controller.abort(this.cause);
    }
    return this.controller.signal;
  }

  abort(reason: Error): void {
    if (this.aborted) return;
    this.cause = reason;
    this.onAbort?.(reason);
    this.controller?.abort(reason);
  }

  throwIfAborted(): void {
    if (this.aborted) throw this.cause;
  }
}
