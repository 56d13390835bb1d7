import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WorkerSettings } from '../worker/protocol.js';
import type { WorkerProcess } from './worker-process.js';

/** A place for a database that can be full, and can be given more room. */
export interface SmallVolume {
  readonly database: string;
  readonly settings: Partial<WorkerSettings>;
  /** Makes room; the worker is told if there is one. */
  free(worker?: WorkerProcess): Promise<void>;
  remove(): void;
}

const MEGABYTE = 2 ** 20;

/** A file system of 4 MB in memory, half of it taken; undefined where mounting is not permitted. */
export function mountedVolume(): SmallVolume | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'volume-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    rmSync(folder, { recursive: true });
    return undefined;
  }
  const ballast = join(folder, 'ballast');
  writeFileSync(ballast, new Uint8Array(2 * MEGABYTE));
  return {
    database: join(folder, 'full.db'),
    settings: {},
    free: async () => rmSync(ballast),
    remove: () => {
      execFileSync('umount', [folder]);
      rmSync(folder, { recursive: true });
    },
  };
}

/** A database that may have no more than 2 MB. */
export function boundedVolume(): SmallVolume {
  const folder = mkdtempSync(join(tmpdir(), 'volume-'));
  const settings = { pages: (2 * MEGABYTE) / 4096 };
  return {
    database: join(folder, 'full.db'),
    settings,
    free: async (worker) => {
      settings.pages *= 8;
      await worker?.order('pages', settings);
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
}
