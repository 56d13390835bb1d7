import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '..', '..');

function compilerOptions(): ts.CompilerOptions {
  const path = join(root, 'tsconfig.json');
  const { config } = ts.readConfigFile(path, (file) => ts.sys.readFile(file)) as {
    config: { include?: unknown };
  };
  const { options } = ts.parseJsonConfigFileContent({ ...config, files: [] }, ts.sys, root);
  // Samples declare what they do not use.
  return { ...options, noEmit: true, noUnusedLocals: false, noUnusedParameters: false };
}

/**
 * Compiles samples as if they were files of this folder, all in one program.
 *
 * @returns for each sample, by name, its errors as `line: message`, counted from 1
 */
export function compile(samples: Readonly<Record<string, string>>): Record<string, string[]> {
  const options = compilerOptions();
  const names = Object.keys(samples);
  const pathOf = (name: string): string => join(here, `${name}.sample.ts`);
  const sources = new Map(names.map((name) => [pathOf(name), samples[name] ?? '']));
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (path) => sources.has(path) || fileExists.call(host, path);
  host.readFile = (path) => sources.get(path) ?? readFile.call(host, path);
  host.getSourceFile = (path, languageVersion, ...rest) => {
    const source = sources.get(path);
    return source === undefined
      ? getSourceFile.call(host, path, languageVersion, ...rest)
      : ts.createSourceFile(path, source, languageVersion, true);
  };
  const program = ts.createProgram([...sources.keys()], options, host);
  return Object.fromEntries(names.map((name) => [name, errorsOf(program, pathOf(name))]));
}

function errorsOf(program: ts.Program, path: string): string[] {
  const file = program.getSourceFile(path);
  return ts
    .sortAndDeduplicateDiagnostics([
      ...program.getSyntacticDiagnostics(file),
      ...program.getSemanticDiagnostics(file),
    ])
    .map((diagnostic) => {
      const { line } = file?.getLineAndCharacterOfPosition(diagnostic.start ?? 0) ?? { line: -1 };
      const text = ts.flattenDiagnosticMessageText(diagnostic.messageText, ' ');
      return `${line + 1}: ${text.replace(/\s+/g, ' ')}`;
    });
}
