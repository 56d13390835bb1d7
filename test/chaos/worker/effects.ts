import { openSync, writeSync } from 'node:fs';
import type { Failpoint } from './failpoint.js';
import type { WorkerEvent } from './protocol.js';
import type { Session } from './session.js';

/** What every order of the harness is about. */
export interface OrderInput {
  readonly key: string;
  readonly ballast?: string;
}

/** The world outside: every effect is a line, and nothing keeps a line from being there twice. */
export class Effects {
  /** Keys whose fragile step succeeds. */
  readonly mended = new Set<string>();
  private readonly gates = new Map<string, () => void>();
  private readonly file: number;
  private readonly session: Session;

  constructor(
    path: string,
    failpoint: Failpoint,
    private readonly report: (event: WorkerEvent) => void,
  ) {
    // Appended and on the disk before the call returns.
    this.file = openSync(path, 'as');
    this.session = failpoint.session();
  }

  /** Does what a step is for. Returns its output. */
  apply({ key }: OrderInput, step: string): string {
    this.session.around(`effect ${step}`, () => writeSync(this.file, `${key} ${step}\n`));
    this.report({ kind: 'effect', key, step });
    return `${step} of ${key}`;
  }

  enter({ key }: OrderInput, step: string): void {
    this.report({ kind: 'entered', key, step });
  }

  /** Resolves when the gate is opened, rejects when the step is told to stop. */
  wait({ key }: OrderInput, step: string, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      this.gates.set(key, resolve);
      signal.addEventListener('abort', () => {
        this.report({ kind: 'aborted', key, step });
        reject(new Error('The step was told to stop.'));
      });
      this.enter({ key }, step);
    });
  }

  /** Lets the waiting step of a key go on. */
  open(key: string): void {
    this.gates.get(key)?.();
  }
}
