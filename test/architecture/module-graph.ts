import { posix } from 'node:path';
import { ROOT } from './house-rules.js';
import { type ImportLine, readSource, type SourceFacts } from './read-source.js';

/** Path inside `src`, with slashes, to text. */
export type Sources = ReadonlyMap<string, string>;

/** An import of one of our own files. */
export interface InnerImport extends ImportLine {
  readonly from: string;
  readonly to: string;
}

/** An import of a package or of a Node module. */
export interface OuterImport extends ImportLine {
  readonly from: string;
}

export interface ModuleGraph {
  readonly files: ReadonlyMap<string, SourceFacts>;
  readonly inner: readonly InnerImport[];
  readonly outer: readonly OuterImport[];
  /** Relative imports that lead to no file: a checker that cannot follow one must say so. */
  readonly lost: readonly OuterImport[];
}

/** First folder of a path. */
export const roomOf = (path: string): string =>
  path.includes('/') ? path.slice(0, path.indexOf('/')) : ROOT;

/** @param ownName an import of the package by its own name is an import of its door */
export function readGraph(sources: Sources, ownName?: string): ModuleGraph {
  const files = new Map([...sources].map(([path, text]) => [path, readSource(path, text)]));
  const inner: InnerImport[] = [];
  const outer: OuterImport[] = [];
  const lost: OuterImport[] = [];
  for (const [from, facts] of files) {
    for (const found of facts.imports) {
      const target = resolve(from, found.specifier, ownName);
      if (target === undefined) outer.push({ ...found, from });
      else if (files.has(target)) inner.push({ ...found, from, to: target });
      else lost.push({ ...found, from });
    }
  }
  return { files, inner, outer, lost };
}

const resolve = (from: string, specifier: string, ownName?: string): string | undefined => {
  if (specifier === ownName) return 'index.ts';
  if (!specifier.startsWith('.')) return undefined;
  return posix.join(posix.dirname(from), specifier).replace(/\.js$/, '.ts');
};

/** Every circle of value imports, each once and by name: `a.ts -> b.ts -> a.ts`. */
export function findCircles(graph: ModuleGraph): string[] {
  const targets = new Map<string, string[]>();
  for (const { from, to, typeOnly } of graph.inner)
    if (!typeOnly) targets.set(from, [...(targets.get(from) ?? []), to]);

  const circles: string[] = [];
  const trail: string[] = [];
  const done = new Set<string>();
  const walk = (file: string): void => {
    const start = trail.indexOf(file);
    if (start >= 0) circles.push([...trail.slice(start), file].join(' -> '));
    if (start >= 0 || done.has(file)) return;
    trail.push(file);
    for (const next of targets.get(file) ?? []) walk(next);
    trail.pop();
    done.add(file);
  };
  for (const file of graph.files.keys()) walk(file);
  return circles;
}
