import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { failureText, type Failure } from '../worker/failpoint.js';
import type { PostgresServer } from '../../support/embedded-postgres.js';
import type { WorkerSettings } from '../worker/protocol.js';
import { postgresDatabase } from './postgres-database.js';
import { sqliteDatabase } from './sqlite-database.js';
import { readEffects, type SiteDatabase, type StoredState } from './stored-state.js';
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
    const name = this.nextName();
    return new Site(this, sqliteDatabase(database ?? `${name}.db`), `${name}.effects`);
  }

  /** A database of a server for one test. */
  async siteOn(server: PostgresServer): Promise<Site> {
    const name = this.nextName();
    const database = await postgresDatabase(server, `site_${this.sites}`);
    return new Site(this, database, `${name}.effects`);
  }

  fork(settings: WorkerSettings, failAt?: string): WorkerProcess {
    const worker = WorkerProcess.fork(this.program.main, settings, failAt);
    this.workers.push(worker);
    return worker;
  }

  private nextName(): string {
    this.sites += 1;
    return join(this.folder, String(this.sites));
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
    private readonly database: SiteDatabase,
    private readonly effectsFile: string,
  ) {}

  fork(settings: Partial<WorkerSettings> = {}, failure?: Failure): WorkerProcess {
    return this.workshop.fork(
      {
        ...this.database.access,
        effects: this.effectsFile,
        workflows: ['order', 'greeting'],
        ...settings,
      },
      failure && failureText(failure),
    );
  }

  start(settings: Partial<WorkerSettings> = {}, failure?: Failure): Promise<WorkerProcess> {
    return this.fork(settings, failure).ready();
  }

  stored(): Promise<StoredState> {
    return this.database.stored();
  }

  query<T>(sql: string): Promise<T[]> {
    return this.database.query(sql);
  }

  effects(): ReadonlyMap<string, number> {
    return readEffects(this.effectsFile);
  }
}
