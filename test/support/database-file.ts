import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from '@jest/globals';

/** Names files of databases that outlive an application; they are removed after the test. */
export function databaseFilePerTest(): () => string {
  const folders: string[] = [];
  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  });
  return () => {
    const folder = mkdtempSync(join(tmpdir(), 'workflow-'));
    folders.push(folder);
    return join(folder, 'workflow.sqlite');
  };
}
