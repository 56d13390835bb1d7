import { replacing, textOf, type Edit, type Part } from './sql-edit.js';
import { JOINS, placesOf, splitBy } from './sql-lists.js';
import { is, isGroup, type Group, type Node } from './sql-tokens.js';

/** What stands in a FROM. */
interface Source {
  readonly alias: string;
  /** Its columns, where the statement names them. */
  readonly columns: readonly string[] | undefined;
  /** `USING (…)`, with which it is joined to those before. */
  readonly using:
    { readonly nodes: readonly Node[]; readonly columns: readonly string[] } | undefined;
}

const ENDS = ['WHERE', 'GROUP', 'HAVING', 'ORDER', 'LIMIT', 'FOR', 'RETURNING', 'UNION', 'SET'];

/** Each column of USING: the joins are written with ON, and one of the comparisons is always true. */
export function usingPartsOf(sql: string, nodes: readonly Node[]): Part[] {
  return placesOf(nodes, 'FROM').flatMap((place) => {
    const end = nodes.findIndex((node, index) => index > place && is(node, ...ENDS));
    const sources = sourcesOf(sql, nodes.slice(place + 1, end < 0 ? undefined : end));
    return sources.flatMap(({ using, alias }, joined) =>
      (using?.columns ?? []).map((column) => ({
        what: `${column} of ${textOf(sql, using?.nodes ?? [])} for ${alias}`,
        edits: sources.flatMap((source, index) =>
          comparing(sources, source, index, index === joined ? column : undefined),
        ),
      })),
    );
  });
}

function comparing(
  sources: readonly Source[],
  { using, alias }: Source,
  index: number,
  dropped: string | undefined,
): Edit[] {
  if (!using) return [];
  const comparisons = using.columns.map((column) => {
    const comparison = `${ownerOf(column, sources, index)}.${column} = ${alias}.${column}`;
    return column === dropped ? `(${comparison} OR TRUE)` : comparison;
  });
  return [replacing(using.nodes, `ON ${comparisons.join(' AND ')}`)];
}

/** Which of the sources before gives a column that USING names. */
function ownerOf(column: string, sources: readonly Source[], index: number): string {
  const before = sources.slice(0, index);
  const known = before.find(({ columns }) => columns?.includes(column));
  if (known) return known.alias;
  const merged = before.findIndex(({ using }) => using?.columns.includes(column));
  if (merged > 0) return ownerOf(column, sources, merged);
  const unknown = before.findLast(({ columns }) => columns === undefined);
  return (unknown ?? before[0])?.alias ?? '';
}

function sourcesOf(sql: string, nodes: readonly Node[]): Source[] {
  const starts = [0, ...placesOf(nodes, 'JOIN', ',').map((place) => place + 1)];
  return starts.map((start, index) => {
    const source = nodes.slice(start, starts[index + 1] ?? nodes.length);
    const end = source.findIndex((node) => is(node, 'USING', 'ON', ...JOINS));
    const named = end < 0 ? source : source.slice(0, end);
    const list = named.at(-1);
    const isList = isGroup(list) && named.length > 2 && is(named.at(-3), 'AS');
    const alias = named.at(isList ? -2 : -1);
    const columns = source[end + 1];
    return {
      alias: textOf(sql, alias ? [alias] : []),
      columns: isList ? namesIn(sql, list) : undefined,
      using:
        is(source[end], 'USING') && isGroup(columns)
          ? { nodes: source.slice(end, end + 2), columns: namesIn(sql, columns) }
          : undefined,
    };
  });
}

const namesIn = (sql: string, group: Group): string[] =>
  splitBy(group.nodes.slice(1, -1), ',').map((name) => textOf(sql, name));
