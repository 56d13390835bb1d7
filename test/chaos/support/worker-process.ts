import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type {
  Answer,
  Ask,
  OrderMessage,
  OrderName,
  WorkerEvent,
  WorkerMessage,
  WorkerSettings,
} from '../worker/protocol.js';

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The worker answered that it could not do what it was told. */
export class Refused extends Error {
  override readonly name = 'Refused';

  constructor(
    readonly code: string,
    text: string,
  ) {
    super(text);
  }
}

/** The worker died before it answered. */
export class Died extends Error {
  override readonly name = 'Died';
}

interface Pending {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

type Listener = (event: WorkerEvent) => void;

/** One life of a worker, from its fork to its last message. */
export class WorkerProcess {
  /** Resolves when the process is dead and everything it said has been heard. */
  readonly exit: Promise<Exit>;
  private readonly events: WorkerEvent[] = [];
  private readonly listeners = new Set<Listener>();
  private readonly pending = new Map<number, Pending>();
  private orders = 0;
  private output = '';

  constructor(
    private readonly child: ChildProcess,
    private readonly failAt: string | undefined,
  ) {
    child.on('message', (message: WorkerMessage) => this.hear(message));
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (text: Buffer) => (this.output += String(text)));
    }
    this.exit = this.end();
  }

  static fork(main: string, settings: WorkerSettings, failAt?: string): WorkerProcess {
    const child = fork(main, [JSON.stringify(settings)], {
      execArgv: [],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: { ...process.env, NODE_OPTIONS: '', FAIL_AT: failAt ?? '' },
    });
    return new WorkerProcess(child, failAt);
  }

  get isAlive(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** How many events of a kind were heard. */
  count(kind: WorkerEvent['kind']): number {
    return this.events.filter((event) => event.kind === kind).length;
  }

  /** Resolves when an event of the kind, and of the key if one is given, has been heard. */
  heard(kind: WorkerEvent['kind'], key?: string): Promise<void> {
    return this.until(
      (event) => event.kind === kind && (!key || ('key' in event && event.key === key)),
    );
  }

  /** Resolves as soon as the application runs. */
  async ready(): Promise<this> {
    await this.until(({ kind }) => kind === 'ready' || kind === 'boot-failed');
    const failed = this.events.find((event) => event.kind === 'boot-failed');
    if (failed?.kind === 'boot-failed') throw new Refused(failed.code, failed.text);
    return this;
  }

  /** Resolves when the check has been true of some event, past or future. */
  async until(check: (event: WorkerEvent) => boolean): Promise<void> {
    if (this.events.some(check)) return;
    let listener: Listener | undefined;
    const heard = new Promise<void>((resolve) => {
      listener = (event) => check(event) && resolve();
      this.listeners.add(listener);
    });
    const died = this.exit.then((exit) => {
      throw this.died(exit);
    });
    try {
      await Promise.race([heard, died]);
    } finally {
      if (listener) this.listeners.delete(listener);
    }
  }

  /** Calls back for every event from now on. */
  onEvent(listener: Listener): void {
    this.listeners.add(listener);
  }

  /** Rejects with {@link Refused}, or with {@link Died} when no answer will come. */
  order<K extends OrderName>(name: K, ask: Ask<K>): Promise<Answer<K>> {
    this.orders += 1;
    const message: OrderMessage<K> = { id: this.orders, name, ask };
    const answer = new Promise<unknown>((resolve, reject) => {
      this.pending.set(message.id, { resolve, reject });
    });
    if (this.child.connected) this.child.send(message, () => undefined);
    else this.pending.get(message.id)?.reject(new Died('The worker is dead.'));
    return answer as Promise<Answer<K>>;
  }

  /** Asks until an execution has the status. */
  async reaches({ executionId }: { executionId: string }, status: string): Promise<void> {
    while ((await this.order('find', { executionId }))?.status !== status);
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Kills the process if it is alive, and waits for its end. */
  async kill(): Promise<Exit> {
    if (this.isAlive) this.signal('SIGKILL');
    return this.exit;
  }

  /** Closes the application in good order; the process must then end by itself. */
  async stop(): Promise<Exit> {
    await this.order('stop', {});
    return this.exit;
  }

  private async end(): Promise<Exit> {
    // Messages that are still in the channel come before the disconnect.
    const [[code, signal]] = (await Promise.all([
      once(this.child, 'exit'),
      once(this.child, 'disconnect'),
    ])) as [[Exit['code'], Exit['signal']], unknown];
    for (const { reject } of this.pending.values()) reject(this.died({ code, signal }));
    this.pending.clear();
    return { code, signal };
  }

  private hear(message: WorkerMessage): void {
    switch (message.kind) {
      case 'answer':
        this.take(message.id)?.resolve(message.answer);
        return;
      case 'refusal':
        this.take(message.id)?.reject(new Refused(message.code, message.text));
        return;
      default:
        this.events.push(message);
        for (const listener of this.listeners) listener(message);
    }
  }

  private take(id: number): Pending | undefined {
    const pending = this.pending.get(id);
    this.pending.delete(id);
    return pending;
  }

  private died({ code, signal }: Exit): Died {
    const at = this.failAt ? ` at ${this.failAt}` : '';
    return new Died(`The worker ended${at} with ${signal ?? code}. It said:\n${this.output}`);
  }
}
