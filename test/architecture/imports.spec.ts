import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  findDeepImports,
  findForbiddenTypes,
  findForbiddenWords,
  findLostImports,
  findMisplacedPackages,
  findUphillImports,
} from './find-violations.js';
import { findCircles, type ModuleGraph, readGraph, type Sources } from './module-graph.js';

const libs = join(process.cwd(), 'libs');

const sourcesOf = (lib: string): Sources => {
  const src = join(libs, lib, 'src');
  const paths = readdirSync(src, { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.spec.ts'));
  return new Map(paths.map((path) => [path, readFileSync(join(src, path), 'utf8')]));
};

const manifestOf = (lib: string): { name: string; peerDependencies: Record<string, string> } =>
  JSON.parse(readFileSync(join(libs, lib, 'package.json'), 'utf8')) as ReturnType<
    typeof manifestOf
  >;

const planted = (files: Record<string, string>): ModuleGraph =>
  readGraph(new Map(Object.entries(files)), '@luxgen/workflow');

describe('the house of @luxgen/workflow', () => {
  const { name, peerDependencies } = manifestOf('workflow');
  const graph = readGraph(sourcesOf('workflow'), name);

  it('has files and imports to look at', () => {
    expect(graph.files.size).toBeGreaterThan(0);
    expect(graph.inner.length).toBeGreaterThan(0);
    expect(graph.outer.length).toBeGreaterThan(0);
  });

  it('has no import that leads nowhere', () => {
    expect(findLostImports(graph)).toEqual([]);
  });

  it('has no circle of files', () => {
    expect(findCircles(graph)).toEqual([]);
  });

  it('imports values downhill only', () => {
    expect(findUphillImports(graph)).toEqual([]);
  });

  it('keeps the types of http to http', () => {
    expect(findForbiddenTypes(graph)).toEqual([]);
  });

  it('keeps TypeORM and Nest out of the inner rooms', () => {
    expect(findMisplacedPackages(graph)).toEqual([]);
  });

  it('imports its peers by their root', () => {
    expect(findDeepImports(graph, Object.keys(peerDependencies))).toEqual([]);
  });
});

describe.each(readdirSync(libs).filter((lib) => lib !== 'tsconfig.json'))('lib %s', (lib) => {
  it('reaches the database, the clock and chance only where it may', () => {
    expect(findForbiddenWords(readGraph(sourcesOf(lib)))).toEqual([]);
  });
});

describe('the checker itself', () => {
  it('names a planted circle', () => {
    const graph = planted({
      'engine/a.ts': `import { b } from './b.js'; export const a = () => b;`,
      'engine/b.ts': `export { c as b } from '../context/c.js';`,
      'context/c.ts': `import { a } from '../engine/a.js'; export const c = () => a;`,
    });
    expect(findCircles(graph)).toEqual([
      'engine/a.ts -> engine/b.ts -> context/c.ts -> engine/a.ts',
    ]);
  });

  it('finds a circle through the own name of the package', () => {
    const graph = planted({
      'index.ts': `export * from './result/a.js';`,
      'result/a.ts': `import { b } from '@luxgen/workflow'; export const a = () => b;`,
    });
    expect(findCircles(graph)).toEqual(['index.ts -> result/a.ts -> index.ts']);
  });

  it.each([
    `import type { B } from './b.js'; export type A = B;`,
    `import { type B } from './b.js'; export type A = B;`,
    `export type { B } from './b.js';`,
    `export type A = import('./b.js').B;`,
  ])('takes no circle from a type: %s', (text) => {
    const graph = planted({
      'result/a.ts': text,
      'result/b.ts': `import { a } from './a.js'; export const b = a;`,
    });
    expect(findCircles(graph)).toEqual([]);
    expect(graph.inner.map((found) => found.typeOnly)).toEqual([true, false]);
  });

  it.each([
    [`import { S } from '../persistence/s.js';`],
    [`import '../persistence/s.js';`],
    [`import { type T, S } from '../persistence/s.js';`],
    [`import * as s from '../persistence/s.js';`],
    [`export * from '../persistence/s.js';`],
    [`const s = await import('../persistence/s.js');`],
  ])('finds a planted uphill import: %s', (text) => {
    const graph = planted({ 'engine/a.ts': text, 'persistence/s.ts': 'export class S {}' });
    expect(findUphillImports(graph)).toEqual([
      'engine/a.ts:1 imports persistence/s.ts: "engine" may not',
    ]);
  });

  it('lets persistence see ports but not the logic beside them', () => {
    const graph = planted({
      'engine/store.port.ts': '',
      'engine/advance.ts': '',
      'persistence/s.ts': `import '../engine/store.port.js';\nimport '../engine/advance.js';`,
    });
    expect(findUphillImports(graph)).toEqual([
      'persistence/s.ts:2 imports engine/advance.ts: "persistence" may not',
    ]);
  });

  it('keeps rooms out of the root, http out of persistence, and lets the root go anywhere', () => {
    const graph = planted({
      'index.ts': `import './http/h.js';\nimport './persistence/s.js';`,
      'http/h.ts': `import '../index.js';\nimport '../persistence/s.js';`,
      'persistence/s.ts': `import '../index.js';`,
    });
    expect(findUphillImports(graph)).toEqual([
      'http/h.ts:2 imports persistence/s.ts: "http" may not',
      'persistence/s.ts:1 imports index.ts: "persistence" may not',
    ]);
  });

  it('asks for a line for a new room', () => {
    expect(findUphillImports(planted({ 'cellar/a.ts': '' }))).toEqual([
      'room "cellar" has no line in ROOM_RULES of house-rules.ts',
    ]);
  });

  it('finds a type taken from http', () => {
    const graph = planted({
      'http/h.ts': '',
      'index.ts': `export type { H } from './http/h.js';`,
      'engine/a.ts': `import type { H } from '../http/h.js';`,
    });
    expect(findForbiddenTypes(graph)).toEqual([
      'engine/a.ts:1 imports a type of http/h.ts: nobody may look into "http"',
    ]);
  });

  it('finds packages where they may not be, also by type', () => {
    const graph = planted({
      'engine/a.ts': `import { Module } from '@nestjs/common';\nimport { x } from 'uuid';`,
      'tenancy/t.ts': `import type { DataSource } from 'typeorm';`,
      'persistence/s.ts': `import { DataSource } from 'typeorm';`,
      'workflow.module.ts': `import { DataSource } from 'typeorm';`,
    });
    expect(findMisplacedPackages(graph)).toEqual([
      'engine/a.ts:1 imports "@nestjs/common": "engine" may not',
      'tenancy/t.ts:1 imports "typeorm": "tenancy" may not',
    ]);
  });

  it('finds deep imports of peers', () => {
    const graph = planted({
      'discovery/a.ts': `import { X } from '@nestjs/core/x';\nimport { Y } from '@nestjs/core';`,
    });
    expect(findDeepImports(graph, ['@nestjs/core'])).toEqual([
      `discovery/a.ts:1 imports "@nestjs/core/x": only a peer's root may be imported`,
    ]);
  });

  it.each([
    ['Date.now();', 'Date.now'],
    ['const now = Date.now;', 'Date.now'],
    ['new Date();', 'new Date()'],
    ['new Date;', 'new Date()'],
    ['Math.random();', 'Math.random'],
    ['setTimeout(() => 1, 5);', 'setTimeout'],
    ['globalThis.setInterval(f, 5);', 'setInterval'],
    ['process.exit(1);', 'process.exit'],
    ['console.log(1);', 'console'],
    ['source.getRepository(E);', '.getRepository'],
    ['source\n  .createQueryBuilder();', '.createQueryBuilder'],
    ['source.manager.query(sql);', '.query('],
  ])('finds a forbidden word in %j', (text, word) => {
    expect(findForbiddenWords(planted({ 'engine/a.ts': text }))).toEqual([
      expect.stringContaining(`engine/a.ts:1 says "${word}"`),
    ]);
  });

  it.each([
    '// Date.now() and setTimeout()',
    `const text = 'console.log(new Date())';`,
    'new Date(5);',
    'socket.setTimeout(5);',
    'const page = request.query.page;',
    'class Store { query() {} }',
  ])('lets %j be', (text) => {
    expect(findForbiddenWords(planted({ 'engine/a.ts': text }))).toEqual([]);
  });

  it('says so when it cannot follow an import', () => {
    expect(findLostImports(planted({ 'engine/a.ts': `import './gone.js';` }))).toEqual([
      'engine/a.ts:1 imports "./gone.js", which is no file of src',
    ]);
  });
});
