import ts from 'typescript';

/** One import, re-export or `import()` of a file. */
export interface ImportLine {
  readonly line: number;
  readonly specifier: string;
  /** Nothing of it is left at run time. */
  readonly typeOnly: boolean;
}

/** One word of a file, spelled as `house-rules.ts` spells it. */
export interface WordUse {
  readonly line: number;
  readonly word: string;
}

export interface SourceFacts {
  readonly imports: readonly ImportLine[];
  readonly words: readonly WordUse[];
}

/** Reads a file's imports and words from its syntax tree, so comments and strings do not count. */
export function readSource(path: string, text: string): SourceFacts {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true);
  const imports: ImportLine[] = [];
  const words: WordUse[] = [];
  const lineOf = (node: ts.Node): number =>
    file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1;

  const visit = (node: ts.Node): void => {
    const found = importOf(node);
    if (found) imports.push({ line: lineOf(node), ...found });
    for (const word of spellingsOf(node)) words.push({ line: lineOf(node), word });
    ts.forEachChild(node, visit);
  };
  visit(file);
  return { imports, words };
}

type Import = Omit<ImportLine, 'line'>;

function importOf(node: ts.Node): Import | undefined {
  if (ts.isImportDeclaration(node))
    return named(node.moduleSpecifier, importIsTypeOnly(node.importClause));
  if (ts.isExportDeclaration(node)) return named(node.moduleSpecifier, exportIsTypeOnly(node));
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
    return named(node.argument.literal, true);
  if (ts.isCallExpression(node) && isImportOrRequire(node.expression))
    return named(node.arguments[0], false);
  return undefined;
}

const named = (specifier: ts.Node | undefined, typeOnly: boolean): Import | undefined =>
  specifier && ts.isStringLiteralLike(specifier)
    ? { specifier: specifier.text, typeOnly }
    : undefined;

const importIsTypeOnly = (clause: ts.ImportClause | undefined): boolean => {
  if (!clause) return false;
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const bindings = clause.namedBindings;
  if (clause.name || !bindings || !ts.isNamedImports(bindings)) return false;
  return allTypes(bindings.elements);
};

const exportIsTypeOnly = (node: ts.ExportDeclaration): boolean => {
  if (node.isTypeOnly) return true;
  const clause = node.exportClause;
  return clause !== undefined && ts.isNamedExports(clause) && allTypes(clause.elements);
};

const allTypes = (names: readonly (ts.ImportSpecifier | ts.ExportSpecifier)[]): boolean =>
  names.length > 0 && names.every((name) => name.isTypeOnly);

const isImportOrRequire = (callee: ts.Expression): boolean =>
  callee.kind === ts.SyntaxKind.ImportKeyword ||
  (ts.isIdentifier(callee) && callee.text === 'require');

/** `Date.now` gives `Date.now` and `.now`; its call gives `.now(` too; a free name gives itself. */
function spellingsOf(node: ts.Node): readonly string[] {
  if (ts.isPropertyAccessExpression(node)) {
    const member = node.name.text;
    const owner = ts.isIdentifier(node.expression) ? node.expression.text : undefined;
    const called = ts.isCallExpression(node.parent) && node.parent.expression === node;
    return [
      `.${member}`,
      ...(called ? [`.${member}(`] : []),
      ...(owner ? [`${owner}.${member}`] : []),
      ...(owner === 'globalThis' ? [member] : []),
    ];
  }
  if (ts.isNewExpression(node) && ts.isIdentifier(node.expression))
    return node.arguments?.length ? [] : [`new ${node.expression.text}()`];
  return ts.isIdentifier(node) && isFreeName(node) ? [node.text] : [];
}

/** A name that is looked up, not the label of a member. */
const isFreeName = (node: ts.Identifier): boolean => {
  const parent = node.parent;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isQualifiedName(parent)) return parent.left === node;
  if (ts.isShorthandPropertyAssignment(parent)) return true;
  const isLabel =
    ts.isPropertyAssignment(parent) ||
    ts.isPropertyDeclaration(parent) ||
    ts.isPropertySignature(parent) ||
    ts.isMethodDeclaration(parent) ||
    ts.isMethodSignature(parent) ||
    ts.isGetAccessorDeclaration(parent) ||
    ts.isSetAccessorDeclaration(parent);
  return !(isLabel && parent.name === node);
};
