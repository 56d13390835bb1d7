import { is, type Node } from './sql-tokens.js';

/** Words with which a clause ends at the latest, because another one begins. */
const CLAUSES = [
  'WHERE',
  'GROUP',
  'HAVING',
  'ORDER',
  'LIMIT',
  'OFFSET',
  'FOR',
  'RETURNING',
  'UNION',
  'SET',
  'VALUES',
  'WINDOW',
];

export const JOINS = ['JOIN', 'LEFT', 'RIGHT', 'INNER', 'CROSS', 'FULL', 'NATURAL'];

const beginsConflict = (nodes: readonly Node[], index: number): boolean =>
  is(nodes[index], 'ON') && is(nodes[index + 1], 'CONFLICT');

/** What follows up to the next clause, or to one of some words. */
export function clauseFrom(
  nodes: readonly Node[],
  from: number,
  ends: readonly string[] = [],
): readonly Node[] {
  let to = from;
  while (to < nodes.length && !is(nodes[to], ...CLAUSES, ...ends) && !beginsConflict(nodes, to)) {
    to += 1;
  }
  return nodes.slice(from, to);
}

/** The places of a word. */
export const placesOf = (nodes: readonly Node[], ...words: readonly string[]): number[] =>
  nodes.flatMap((node, index) => (is(node, ...words) ? [index] : []));

/** The stretches between a word or symbol. The AND of a BETWEEN is none. */
export function splitBy(nodes: readonly Node[], separator: string): (readonly Node[])[] {
  const parts: Node[][] = [[]];
  let between = false;
  for (const node of nodes) {
    if (is(node, 'BETWEEN')) between = true;
    if (is(node, separator) && !(separator === 'AND' && between)) {
      parts.push([]);
      continue;
    }
    if (is(node, 'AND')) between = false;
    parts.at(-1)?.push(node);
  }
  return parts;
}
