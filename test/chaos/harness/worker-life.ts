import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import type { Command, Report, WorkerSettings } from './worker/protocol.js';

/** The worker died, or could not do it: what was asked may have happened or not. */
export class Unanswered extends Error {}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

interface Pending {
  readonly resolve: (value: string | number) => void;
  readonly reject: (error: Error) => void;
}

type Question = Extract<Command, { id: number }>;
type Asked = Question extends infer Q ? (Q extends unknown ? Omit<Q, 'id'> : never) : never;

/** Characters of its output that are kept for a report. */
const LAST_WORDS = 600;

/** One life of a worker, from its fork to its death. */
export class WorkerLife {
  /** Resolves when the process is dead. */
  readonly exit: Promise<Exit>;
  /** Resolves when it is ready, rejects when it dies before. */
  readonly ready: Promise<void>;
  fenceRejections = 0;
  private readonly pending = new Map<number, Pending>();
  private questions = 0;
  private output = '';
  private becameReady: () => void = () => undefined;

  constructor(
    readonly name: string,
    private readonly child: ChildProcess,
    logs: string | undefined,
  ) {
    const log = logs === undefined ? undefined : createWriteStream(join(logs, `${name}.log`));
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (text: Buffer) => {
        log?.write(text);
        this.output = (this.output + String(text)).slice(-LAST_WORDS);
      });
    }
    child.on('message', (report: Report) => this.hear(report));
    this.exit = this.untilDead();
    this.ready = new Promise((resolve, reject) => {
      this.becameReady = resolve;
      void this.exit.then(() => reject(new Unanswered(`${name} died before it was ready.`)));
    });
    this.ready.catch(() => undefined);
  }

  static fork(program: string, settings: WorkerSettings, logs: string | undefined): WorkerLife {
    const child = fork(program, [JSON.stringify(settings)], {
      execArgv: [],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1' },
    });
    return new WorkerLife(settings.life, child, logs);
  }

  get lastWords(): string {
    return this.output.trim();
  }

  ask(question: Asked): Promise<string | number> {
    this.questions += 1;
    const id = this.questions;
    return new Promise((resolve, reject) => {
      if (!this.child.connected) {
        reject(new Unanswered('The worker is dead.'));
        return;
      }
      this.pending.set(id, { resolve, reject });
      this.child.send({ ...question, id }, () => undefined);
    });
  }

  tell(command: Extract<Command, { kind: 'stop' }>): void {
    if (this.child.connected) this.child.send(command, () => undefined);
  }

  signal(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void {
    this.child.kill(signal);
  }

  private async untilDead(): Promise<Exit> {
    const [code, signal] = (await once(this.child, 'exit')) as [Exit['code'], Exit['signal']];
    for (const { reject } of this.pending.values()) reject(new Unanswered('The worker died.'));
    this.pending.clear();
    return { code, signal };
  }

  private hear(report: Report): void {
    switch (report.kind) {
      case 'ready':
        this.becameReady();
        return;
      case 'fenced':
        this.fenceRejections += report.writes;
        return;
      case 'answer':
        this.take(report.id)?.resolve(report.value);
        return;
      case 'refusal':
        this.take(report.id)?.reject(new Unanswered(report.text));
        return;
    }
  }

  private take(id: number): Pending | undefined {
    const pending = this.pending.get(id);
    this.pending.delete(id);
    return pending;
  }
}
