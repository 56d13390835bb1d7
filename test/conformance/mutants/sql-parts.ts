import { casePartsOf, conditionPartsOf } from './sql-conditions.js';
import { isGroup, nodesOf, type Node } from './sql-tokens.js';
import type { Part } from './sql-edit.js';
import { orderPartsOf, limitPartsOf, lockPartsOf, wordPartsOf } from './sql-clauses.js';
import { conflictPartsOf } from './sql-conflicts.js';
import { assignmentPartsOf } from './sql-assignments.js';
import { usingPartsOf } from './sql-joins.js';

/**
 * Everything of a statement that can be left away, or turned off, on its own.
 *
 * @param name what a part is called
 */
export function partsOf(sql: string, name = (what: string): string => what): Part[] {
  const parts: Part[] = [];
  const walk = (nodes: readonly Node[]): void => {
    for (const find of FINDERS) parts.push(...find(sql, nodes));
    for (const node of nodes) {
      if (!isGroup(node)) continue;
      if (node.kind === 'case') parts.push(...casePartsOf(sql, node.nodes));
      walk(node.nodes.slice(1, -1));
    }
  };
  walk(nodesOf(sql));
  return named(parts.map((part) => ({ ...part, what: name(part.what) })));
}

const FINDERS = [
  conditionPartsOf,
  usingPartsOf,
  assignmentPartsOf,
  conflictPartsOf,
  orderPartsOf,
  limitPartsOf,
  lockPartsOf,
  wordPartsOf,
];

/** What is there more than once is told apart by its number. */
function named(parts: readonly Part[]): Part[] {
  const times = new Map<string, number>();
  return parts.map((part) => {
    const time = (times.get(part.what) ?? 0) + 1;
    times.set(part.what, time);
    return time === 1 ? part : { ...part, what: `${part.what} #${time}` };
  });
}
