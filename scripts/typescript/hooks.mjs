// Module hooks of Node: TypeScript is compiled as it is imported. In a thread of their own.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { transformSync } from '@swc/core';

const root = new URL('../../', import.meta.url).href;

/** Modules that stand in for others: a name, or the end of an address, to what is imported instead. */
let aliases = {};
/** Wraps what the functions of a module return; see {@link wrapped}. */
let wrap;

export function initialize(data) {
  aliases = data.aliases;
  wrap = data.wrap && { ...data.wrap, pattern: new RegExp(data.wrap.pattern) };
}

export async function resolve(specifier, context, nextResolve) {
  const alias = aliases[specifier];
  if (alias !== undefined) return { url: root + alias, shortCircuit: true };
  const { parentURL = '' } = context;
  if (!/^\.{1,2}\//.test(specifier) || !/\.ts(\?wrapped)?$/.test(parentURL)) {
    return nextResolve(specifier, context);
  }
  const source = new URL(specifier.replace(/\.js$/, '.ts'), parentURL);
  if (!existsSync(fileURLToPath(source))) return nextResolve(specifier, context);
  const isWrapped = wrap?.pattern.test(source.pathname) && !parentURL.endsWith('?wrapped');
  return { url: isWrapped ? `${source.href}?wrapped` : source.href, shortCircuit: true };
}

export async function load(url, context, nextLoad) {
  if (url.endsWith('?wrapped')) return module(wrapped(url.slice(0, -'?wrapped'.length)));
  return url.startsWith(root) && url.endsWith('.ts')
    ? module(compiled(fileURLToPath(url)))
    : nextLoad(url, context);
}

const module = (source) => ({ format: 'module', source, shortCircuit: true });

const compiled = (file) =>
  transformSync(readFileSync(file, 'utf8'), {
    filename: file,
    swcrc: false,
    sourceMaps: 'inline',
    module: { type: 'es6' },
    jsc: {
      target: 'es2022',
      keepClassNames: true,
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
    },
  }).code;

/** A module with the same exports, whose functions answer what `wrap.by` makes of their answers. */
function wrapped(url) {
  const source = readFileSync(fileURLToPath(url), 'utf8');
  const names = [...source.matchAll(/^export function (\w+)/gm)].map(([, name]) => name);
  const [, group] = wrap.pattern.exec(url) ?? [];
  return [
    `import * as original from ${JSON.stringify(`./${url.split('/').at(-1).replace(/ts$/, 'js')}`)};`,
    `import { ${wrap.name} } from ${JSON.stringify(root + wrap.by)};`,
    `export * from ${JSON.stringify(`./${url.split('/').at(-1).replace(/ts$/, 'js')}`)};`,
    ...names.map(
      (name) =>
        `export const ${name} = (...given) => ${wrap.name}(${JSON.stringify(group)}, original.${name}(...given));`,
    ),
  ].join('\n');
}
