import { removing, textOf, wrapping, type Part } from './sql-edit.js';
import { clauseFrom, JOINS, placesOf, splitBy } from './sql-lists.js';
import { is, isGroup, type Node } from './sql-tokens.js';

/** The conditions of WHERE, ON and HAVING: each of what they ask, and each of the ways to fulfil it. */
export function conditionPartsOf(sql: string, nodes: readonly Node[]): Part[] {
  const wheres = placesOf(nodes, 'WHERE', 'HAVING').filter((place) => !isOfConflict(nodes, place));
  const ons = placesOf(nodes, 'ON').filter((place) => isOfJoin(nodes, place));
  return [
    ...wheres.map((place) => ({ place, ends: [] })),
    ...ons.map((place) => ({ place, ends: [...JOINS, ','] })),
  ].flatMap(({ place, ends }) => {
    const word = textOf(sql, nodes.slice(place, place + 1));
    const condition = clauseFrom(nodes, place + 1, ends);
    const alternatives = splitBy(condition, 'OR').length > 1;
    const whole = {
      what: `${word} ${textOf(sql, condition)}`,
      edits: wrapping(condition, '(', ' OR TRUE)'),
    };
    return [...(alternatives ? [whole] : []), ...partsOfCondition(sql, condition, word)];
  });
}

/** A CASE is a rule for each of its WHENs, which may apply never or always. */
export function casePartsOf(sql: string, nodes: readonly Node[]): Part[] {
  const searched = is(nodes[1], 'WHEN');
  return placesOf(nodes, 'WHEN').flatMap((place) => {
    const then = placesOf(nodes, 'THEN').find((index) => index > place) ?? place;
    const condition = nodes.slice(place + 1, then);
    const what = `CASE WHEN ${textOf(sql, condition)}`;
    if (!searched) {
      return [
        {
          what: `${what}, never`,
          edits: wrapping(condition, 'CASE WHEN TRUE THEN NULL ELSE ', ' END'),
        },
      ];
    }
    const inner = splitBy(condition, 'AND').length > 1 || splitBy(condition, 'OR').length > 1;
    return [
      { what: `${what}, never`, edits: wrapping(condition, '((', ') AND FALSE)') },
      { what: `${what}, always`, edits: wrapping(condition, '((', ') OR TRUE)') },
      ...(inner ? partsOfCondition(sql, condition, 'WHEN') : []),
    ];
  });
}

function partsOfCondition(sql: string, nodes: readonly Node[], clause: string): Part[] {
  const ways = splitBy(nodes, 'OR');
  if (ways.length === 1) return partsOfConjunction(sql, nodes, clause);
  return ways.flatMap((way) => [
    { what: `${clause} … OR ${textOf(sql, way)}`, edits: wrapping(way, '(', ' AND FALSE)') },
    ...(splitBy(way, 'AND').length > 1 || inside(way)
      ? partsOfConjunction(sql, way, clause, inside(way) === undefined)
      : []),
  ]);
}

function partsOfConjunction(
  sql: string,
  nodes: readonly Node[],
  clause: string,
  whole = true,
): Part[] {
  return splitBy(nodes, 'AND').flatMap((conjunct) => {
    const within = inside(conjunct);
    return [
      ...(whole
        ? [
            {
              what: `${clause} ${textOf(sql, conjunct)}`,
              edits: wrapping(conjunct, '(', ' OR TRUE)'),
            },
          ]
        : []),
      ...(within ? partsOfCondition(sql, within, clause) : []),
      ...tupleParts(sql, conjunct),
    ];
  });
}

/** What a condition in parentheses says. */
function inside(nodes: readonly Node[]): readonly Node[] | undefined {
  const [only] = nodes;
  if (nodes.length > 1 || !isGroup(only) || only.kind !== 'parentheses') return undefined;
  return is(only.nodes[1], 'SELECT', 'WITH') ? undefined : only.nodes.slice(1, -1);
}

/** Each column of `(a, b) IN (SELECT c, d …)`. */
function tupleParts(sql: string, conjunct: readonly Node[]): Part[] {
  const place = placesOf(conjunct, 'IN')[0] ?? 0;
  const tuple = conjunct[place - 1];
  const query = conjunct[place + 1];
  if (!isGroup(tuple) || !isGroup(query) || !is(query.nodes[1], 'SELECT')) return [];
  const columns = splitBy(tuple.nodes.slice(1, -1), ',');
  const from = placesOf(query.nodes, 'FROM')[0] ?? query.nodes.length;
  const selected = splitBy(query.nodes.slice(2, from), ',');
  if (columns.length === 1 || columns.length !== selected.length) return [];
  return columns.map((column, index) => ({
    what: `${textOf(sql, column)} of ${textOf(sql, [tuple])} IN`,
    edits: [removing(columns, index), removing(selected, index)],
  }));
}

const isOfConflict = (nodes: readonly Node[], place: number): boolean =>
  is(nodes[place - 2], 'CONFLICT');

function isOfJoin(nodes: readonly Node[], place: number): boolean {
  return !is(nodes[place + 1], 'CONFLICT') && !is(nodes[place - 1], 'DISTINCT');
}
