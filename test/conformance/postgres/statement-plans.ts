import { expect } from '@jest/globals';
import type { DataSource } from 'typeorm';
import type { Query } from '../../../libs/workflow/src/persistence/store-connection.js';

/** A node of a plan, with what it really did. */
export interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Index Name'?: string;
  readonly 'Index Cond'?: string;
  readonly 'Relation Name'?: string;
  readonly 'Shared Hit Blocks': number;
  readonly 'Shared Read Blocks': number;
  readonly Plans?: readonly PlanNode[];
}

/** The nodes of the plan that a statement really took; what it did is rolled back. */
export async function planOf(
  dataSource: DataSource,
  statement: string,
  parameters: readonly unknown[],
): Promise<PlanNode[]> {
  const runner = dataSource.createQueryRunner();
  await runner.startTransaction();
  try {
    const explain = `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${statement}`;
    const rows: { 'QUERY PLAN': [{ Plan: PlanNode }] }[] = await runner.query(explain, [
      ...parameters,
    ]);
    return nodesOf(rows[0]['QUERY PLAN'][0].Plan);
  } finally {
    await runner.rollbackTransaction();
    await runner.release();
  }
}

/** The nodes of the plan that a session keeps of a prepared statement, whatever it is given later. */
export async function keptPlanOf(query: Query, statement: string): Promise<PlanNode[]> {
  const rows = await query(`EXPLAIN (GENERIC_PLAN, FORMAT JSON) ${statement}`, []);
  return rows
    .flatMap((row) => row['QUERY PLAN'] as { readonly Plan: PlanNode }[])
    .flatMap(({ Plan }) => nodesOf(Plan));
}

/** No table was read from its beginning to its end, and no more pages than a few rows are on. */
export function expectIndexed(nodes: readonly PlanNode[], pages: number): void {
  expect(nodes.filter((node) => node['Node Type'] === 'Seq Scan')).toEqual([]);
  expect(pagesOf(nodes)).toBeLessThan(pages);
}

/** Pages that were read. What a query that writes reads is not counted to the one that stands above it. */
export const pagesOf = (nodes: readonly PlanNode[]): number =>
  Math.max(...nodes.map((node) => node['Shared Hit Blocks'] + node['Shared Read Blocks']));

/** The node that searched an index. */
export const scanOf = (nodes: readonly PlanNode[], index: string): PlanNode | undefined =>
  nodes.find((node) => node['Index Name'] === index);

const nodesOf = (plan: PlanNode): PlanNode[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];
