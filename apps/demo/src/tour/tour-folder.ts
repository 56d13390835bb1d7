import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** A folder for the database of one tour. */
export async function createTourFolder(parent: string): Promise<string> {
  await mkdir(parent, { recursive: true });
  return mkdtemp(join(parent, 'tour-'));
}

export const removeTourFolder = (folder: string): Promise<void> =>
  rm(folder, { recursive: true, force: true });
