import { fork, type ChildProcess } from 'node:child_process';
import type { ServerMessage } from '../process-messages.js';

/** How to run the server. */
export interface ServerSettings {
  /** Path of the built `main.js`. */
  readonly script: string;
  /** Path of the database file. */
  readonly database: string;
  /** @default 0, a free one */
  readonly port?: number;
  /** Ids of the steps to pause before. @default [] */
  readonly pauseBefore?: readonly string[];
}

const LONGEST_LOG = 20_000;
/** Milliseconds that a server has to end by itself. */
const PATIENCE = 20_000;

/** The demo's server as a process of its own. */
export class ServerProcess {
  /** Resolves to the signal or the exit code it ended with. */
  readonly ended: Promise<string>;
  private readonly child: ChildProcess;
  private readonly pausedSteps = new Set<string>();
  private pausedExecution: string | undefined;
  private port: number | undefined;
  private printed = '';

  constructor({ script, database, port = 0, pauseBefore = [] }: ServerSettings) {
    const child = fork(script, [], {
      env: {
        ...process.env,
        NO_COLOR: '1',
        HOST: '127.0.0.1',
        DEMO_DATABASE: database,
        DEMO_PAUSE_BEFORE: pauseBefore.join(','),
        PORT: String(port),
      },
      // Ctrl-C in a terminal reaches a whole group: in its own, the server ends only when told to.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.child = child;
    this.ended = new Promise((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
    });
    child.on('message', (message) => this.hear(message as ServerMessage));
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8');
      stream?.on('data', (text: string) => {
        this.printed = (this.printed + text).slice(-LONGEST_LOG);
      });
    }
  }

  /** Resolves when the server accepts requests. */
  ready(): Promise<void> {
    return this.until(() => this.port !== undefined);
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** The end of what the server printed. */
  get log(): string {
    return this.printed;
  }

  /** Resolves to the id of the execution that has come to rest before all of the steps. */
  async pausedBefore(stepIds: readonly string[]): Promise<string> {
    await this.until(() => stepIds.every((stepId) => this.pausedSteps.has(stepId)));
    return this.pausedExecution ?? '';
  }

  /** Asks the server to end, and resolves to how it did. */
  async stop(): Promise<string> {
    const overdue = setTimeout(() => this.child.kill('SIGKILL'), PATIENCE);
    this.child.kill('SIGTERM');
    const end = await this.ended;
    clearTimeout(overdue);
    return end;
  }

  /** Ends the server at once: it gets no chance to do anything more. */
  kill(): Promise<string> {
    this.child.kill('SIGKILL');
    return this.ended;
  }

  private hear(message: ServerMessage): void {
    if ('port' in message) {
      this.port = message.port;
    } else {
      this.pausedSteps.add(message.pausedBefore);
      this.pausedExecution = message.executionId;
    }
  }

  private async until(reached: () => boolean): Promise<void> {
    let look = (): void => undefined;
    const arrived = new Promise<void>((resolve) => {
      look = () => reached() && resolve();
      this.child.on('message', look);
      look();
    });
    const died = this.ended.then((end) => {
      throw new Error(`The server ended unexpectedly (${end}).\n${this.log}`);
    });
    try {
      await Promise.race([arrived, died]);
    } finally {
      this.child.off('message', look);
    }
  }
}
