/**
 * Decides when a worker looks for work. The store decides which work it gets.
 */
export abstract class Dispatcher {
  /** Begins to look. Resolves when it has looked once. */
  abstract start(): Promise<void>;
  /** There may be work now. */
  abstract workAvailable(): void;
  /** There will be work in so many milliseconds. */
  abstract workDueIn(delay: number): void;
  /** Claims nothing more. */
  abstract stop(): void;
}
