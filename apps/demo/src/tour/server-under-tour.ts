import { ServerProcess, type ServerSettings } from './server-process.js';

/** The server of a tour: one process after the other, on the same database. */
export class ServerUnderTour {
  private process: ServerProcess | undefined;
  private closed = false;

  constructor(private readonly settings: Omit<ServerSettings, 'pauseBefore'>) {}

  get running(): ServerProcess {
    if (this.process) return this.process;
    throw new Error('The server is not running.');
  }

  async start(pauseBefore: readonly string[] = []): Promise<ServerProcess> {
    if (this.closed) throw new Error('The tour is over.');
    this.process = new ServerProcess({ ...this.settings, pauseBefore });
    await this.process.ready();
    return this.process;
  }

  /** Resolves to how the server ended. */
  stop(): Promise<string> {
    return this.running.stop();
  }

  /** Resolves to how the server ended. */
  kill(): Promise<string> {
    return this.running.kill();
  }

  /** Stops what runs; nothing is started any more. */
  async close(): Promise<void> {
    this.closed = true;
    await this.process?.stop();
  }
}
