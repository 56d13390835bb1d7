/** A piece of a statement, with where it stands in its text. */
export interface Token {
  readonly kind: 'word' | 'parameter' | 'text' | 'number' | 'symbol';
  /** Words in upper case, everything else as it is written. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** What stands between parentheses, or between CASE and END; its first and last token are these. */
export interface Group {
  readonly kind: 'parentheses' | 'case';
  readonly nodes: readonly Node[];
  readonly start: number;
  readonly end: number;
}

export type Node = Token | Group;

const PATTERNS: readonly (readonly [Token['kind'] | 'space', RegExp])[] = [
  ['space', /\s+|--[^\n]*|\/\*[^]*?\*\//y],
  ['text', /'(?:[^']|'')*'|"(?:[^"]|"")*"/y],
  ['parameter', /\$\d+|\?\d+|\?/y],
  ['word', /[A-Za-z_][A-Za-z0-9_]*/y],
  ['number', /\d+(?:\.\d+)?/y],
  ['symbol', /->>|->|::|<=|>=|<>|!=|\|\||[-+*/%<>=(),.;[\]:~|&]/y],
];

export function tokensOf(sql: string): Token[] {
  const tokens: Token[] = [];
  for (let start = 0; start < sql.length;) {
    const [kind, found] = tokenAt(sql, start);
    const end = start + found.length;
    const text = kind === 'word' ? found.toUpperCase() : found;
    if (kind !== 'space') tokens.push({ kind, text, start, end });
    start = end;
  }
  return tokens;
}

function tokenAt(sql: string, start: number): readonly [Token['kind'] | 'space', string] {
  for (const [kind, pattern] of PATTERNS) {
    pattern.lastIndex = start;
    const found = pattern.exec(sql)?.[0];
    if (found !== undefined) return [kind, found];
  }
  throw new Error(`No token of SQL begins with ${JSON.stringify(sql.slice(start, start + 20))}.`);
}

const CLOSING: Readonly<Record<string, string>> = { '(': ')', CASE: 'END' };

/** The tokens of a statement, with those that belong together in groups. */
export function nodesOf(sql: string): Node[] {
  const tokens = tokensOf(sql);
  let next = 0;
  const nodesUntil = (closing: string | undefined): Node[] => {
    const nodes: Node[] = [];
    for (;;) {
      const token = tokens[next];
      if (!token) {
        if (closing === undefined) return nodes;
        throw new Error(`There is no ${closing} in ${sql}`);
      }
      next += 1;
      const closes = CLOSING[token.text];
      if (token.text === closing) return [...nodes, token];
      if (closes === undefined) {
        nodes.push(token);
        continue;
      }
      const inside = [token, ...nodesUntil(closes)];
      const kind = closes === ')' ? 'parentheses' : 'case';
      nodes.push({ kind, nodes: inside, start: token.start, end: inside.at(-1)?.end ?? token.end });
    }
  };
  return nodesUntil(undefined);
}

export const isGroup = (node: Node | undefined): node is Group =>
  node !== undefined && 'nodes' in node;

/** Whether a node is this word or symbol. */
export const is = (node: Node | undefined, ...texts: readonly string[]): boolean =>
  node !== undefined && !isGroup(node) && node.kind !== 'text' && texts.includes(node.text);
