import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, runNpm } from '../command.mjs';

const DEPENDENCIES = [
  '@nestjs/common',
  '@nestjs/core',
  '@nestjs/platform-express',
  '@nestjs/platform-fastify',
  '@nestjs/typeorm',
  '@types/express', // platform-express names its types in its own
  '@types/node',
  'class-transformer',
  'class-validator',
  'libsql',
  'reflect-metadata',
  'rxjs',
  'typeorm',
  'typescript',
];

const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'));

/** The versions this repository itself is tested with. */
const lockedVersions = () => {
  const { packages } = readJson(join(root, 'package-lock.json'));
  return Object.fromEntries(
    DEPENDENCIES.map((name) => [name, packages[`node_modules/${name}`].version]),
  );
};

/** Copies the template app and installs the tarball in it; answers npm's exit code. */
export async function createApp(folder, tarball) {
  cpSync(join(root, 'test', 'consumer', 'app'), folder, { recursive: true });
  const manifest = join(folder, 'package.json');
  const dependencies = { ...lockedVersions(), '@luxgen/workflow': `file:${tarball}` };
  writeFileSync(manifest, JSON.stringify({ ...readJson(manifest), dependencies }, null, 2));
  return runNpm(['install', '--no-audit', '--no-fund'], { cwd: folder });
}
