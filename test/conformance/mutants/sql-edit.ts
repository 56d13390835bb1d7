import type { Node } from './sql-tokens.js';

/** A stretch of a statement and what stands there instead. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A part of a statement and how it is left away. */
export interface Part {
  /** In words of SQL. */
  readonly what: string;
  readonly edits: readonly Edit[];
}

export function withEdits(sql: string, edits: readonly Edit[]): string {
  const lastFirst = [...edits].sort((a, b) => b.start - a.start);
  return lastFirst.reduce(
    (text, edit) => text.slice(0, edit.start) + edit.text + text.slice(edit.end),
    sql,
  );
}

const startOf = (nodes: readonly Node[]): number => nodes[0]?.start ?? 0;
const endOf = (nodes: readonly Node[]): number => nodes.at(-1)?.end ?? 0;

/** The text of some nodes, in one line. */
export const textOf = (sql: string, nodes: readonly Node[]): string =>
  sql.slice(startOf(nodes), endOf(nodes)).replace(/\s+/g, ' ');

export const replacing = (nodes: readonly Node[], text: string): Edit => ({
  start: startOf(nodes),
  end: endOf(nodes),
  text,
});

/** Keeps the text, so that parameters keep their types, between two others. */
export const wrapping = (nodes: readonly Node[], before: string, after: string): Edit[] => [
  { start: startOf(nodes), end: startOf(nodes), text: before },
  { start: endOf(nodes), end: endOf(nodes), text: after },
];

/** Takes an item out of a list, with a comma beside it. */
export function removing(items: readonly (readonly Node[])[], index: number): Edit {
  const item = items[index] ?? [];
  const next = items[index + 1];
  const previous = items[index - 1];
  if (next) return { start: startOf(item), end: startOf(next), text: '' };
  return { start: previous ? endOf(previous) : startOf(item), end: endOf(item), text: '' };
}
