import type { DataSource, EntityManager } from 'typeorm';
import { NEVER } from '../../../libs/workflow/src/persistence/dialects/sqlite/sqlite.expressions.js';
import type { TableNames } from '../../../libs/workflow/src/persistence/table-names.js';
import {
  canonicalDump,
  type AttemptRow,
  type CheckpointRow,
  type ExecutionRow,
  type StoreDump,
  type TaskRow,
} from '../../support/model-store/store-dump.js';

type Row = Readonly<Record<string, unknown>>;

/** Everything in the tables of a store, as of one moment. */
export function sqlDump(dataSource: DataSource, tables: TableNames): Promise<StoreDump> {
  const read = async (manager: EntityManager): Promise<StoreDump> => {
    const all = async <R>(table: string): Promise<R[]> => {
      const rows: Row[] = await manager.query(`SELECT * FROM ${table}`);
      return rows.map((row) => plainRow(row) as R);
    };
    return canonicalDump({
      executions: await all<ExecutionRow>(tables.execution),
      tasks: await all<TaskRow>(tables.task),
      checkpoints: await all<CheckpointRow>(tables.step),
      attempts: await all<AttemptRow>(tables.attempt),
    });
  };
  return dataSource.options.type === 'postgres'
    ? dataSource.transaction('REPEATABLE READ', read)
    : dataSource.transaction(read);
}

/** The same row whatever the database calls and how it types its columns; there is only one queue. */
function plainRow({ queue, ...columns }: Row): Row {
  if (queue !== undefined && queue !== 'default') throw new Error('There is another queue.');
  return Object.fromEntries(
    Object.entries(columns)
      .filter(([, value]) => value !== null)
      .map(([name, value]) => [
        name.replace(/_(.)/g, (_match, letter: string) => letter.toUpperCase()),
        plainValue(name, value),
      ]),
  );
}

function plainValue(name: string, value: unknown): unknown {
  if (value instanceof Date) return value.getTime();
  if (name === 'fence') return Number(value);
  if (name === 'degraded') return Boolean(value);
  return value === NEVER ? Infinity : value;
}
