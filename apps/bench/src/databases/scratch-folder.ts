import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder that goes when it is not needed any more, or with the process. */
export interface ScratchFolder {
  readonly path: string;
  remove(): Promise<void>;
}

const REMOVAL = { recursive: true, force: true } as const;

export async function scratchFolder(name: string): Promise<ScratchFolder> {
  const path = await mkdtemp(join(tmpdir(), `luxgen-bench-${name}-`));
  const removeAtExit = (): void => rmSync(path, REMOVAL);
  process.once('exit', removeAtExit);
  return {
    path,
    async remove() {
      process.off('exit', removeAtExit);
      await rm(path, REMOVAL);
    },
  };
}
