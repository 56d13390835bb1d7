import type { EngineLog } from '../engine/engine.port.js';
import type { Patience } from './patience.js';
import { unavailable } from './unavailable.js';

/** Waits, while the application boots, for a database that cannot be used yet. */
export class BootPatience {
  constructor(
    private readonly patience: Patience,
    private readonly log: EngineLog,
    /** Milliseconds. */
    private readonly limit: number,
  ) {}

  /** @throws `STORE_UNAVAILABLE` */
  async during<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await this.patience.during(this.limit, (failures) => this.attempt(work, failures));
    } catch (cause) {
      throw unavailable(cause);
    }
  }

  private async attempt<T>(work: () => Promise<T>, failures: number): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      const message = 'The database cannot be used yet.';
      if (failures === 0) this.log.warn({ code: 'STORE_UNAVAILABLE', message, cause });
      throw cause;
    }
  }
}
