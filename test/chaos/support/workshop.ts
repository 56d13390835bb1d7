import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { failureText, type Failure } from '../worker/failpoint.js';
import type { WorkerSettings } from '../worker/protocol.js';
import { readEffects, readStored, type StoredState } from './stored-state.js';
import { WorkerProcess } from './worker-process.js';
import { compileWorker, type WorkerProgram } from './worker-program.js';

/** Makes workers, and leaves none of them, nor their files, behind. */
export class Workshop {
  private readonly folder = mkdtempSync(join(tmpdir(), 'chaos-'));
  private readonly program: WorkerProgram = compileWorker();
  private readonly workers: WorkerProcess[] = [];
  private sites = 0;

  /** Files for one test. */
  site(database?: string): Site {
    this.sites += 1;
    const name = join(this.folder, String(this.sites));
    return new Site(this, database ?? `${name}.db`, `${name}.effects`);
  }

  fork(settings: WorkerSettings, failAt?: string): WorkerProcess {
    const worker = WorkerProcess.fork(this.program.main, settings, failAt);
    this.workers.push(worker);
    return worker;
  }

  /** Kills what a test left running. */
  async tidy(): Promise<void> {
    await Promise.all(this.workers.splice(0).map((worker) => worker.kill()));
  }

  async close(): Promise<void> {
    await this.tidy();
    this.program.remove();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** One database, its effects, and the workers that follow one another on it. */
export class Site {
  constructor(
    private readonly workshop: Workshop,
    readonly database: string,
    private readonly effectsFile: string,
  ) {}

  fork(settings: Partial<WorkerSettings> = {}, failure?: Failure): WorkerProcess {
    return this.workshop.fork(
      {
        database: this.database,
        effects: this.effectsFile,
        store: 'data-source',
        workflows: ['order', 'greeting'],
        ...settings,
      },
      failure && failureText(failure),
    );
  }

  start(settings: Partial<WorkerSettings> = {}, failure?: Failure): Promise<WorkerProcess> {
    return this.fork(settings, failure).ready();
  }

  stored(): StoredState {
    return readStored(this.database);
  }

  effects(): ReadonlyMap<string, number> {
    return readEffects(this.effectsFile);
  }
}
