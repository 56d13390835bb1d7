import type { DataSource } from 'typeorm';
import { NEVER } from '../../../libs/workflow/src/persistence/dialects/sqlite/sqlite.expressions.js';
import type { TableNames } from '../../../libs/workflow/src/persistence/table-names.js';
import type { StoreDump } from '../../support/model-store/store-dump.js';

const MOMENT = /_at$/;

/** Puts rows into tables as they are, whatever rules they break. */
export async function insertDump(
  dataSource: DataSource,
  tables: TableNames,
  dump: StoreDump,
): Promise<void> {
  const isPostgres = dataSource.options.type === 'postgres';
  const literal = (name: string, value: unknown): string => {
    if (typeof value === 'string') return `'${value.replaceAll("'", "''")}'`;
    if (!MOMENT.test(name)) return String(value);
    if (!isPostgres) return String(value === Infinity ? NEVER : value);
    return value === Infinity ? `'infinity'` : `to_timestamp(${String(value)} / 1000.0)`;
  };
  const insert = async (table: string, row: object): Promise<void> => {
    const columns = Object.entries(row).flatMap(([key, value]) =>
      value === undefined ? [] : [[columnOf(key), value] as const],
    );
    const names = columns.map(([name]) => name);
    const values = columns.map(([name, value]) => literal(name, value));
    await dataSource.query(
      `INSERT INTO ${table} (${names.join(', ')}) VALUES (${values.join(', ')})`,
    );
  };
  for (const row of dump.executions) await insert(tables.execution, row);
  for (const row of dump.tasks) await insert(tables.task, { ...row, queue: 'default' });
  for (const row of dump.checkpoints) await insert(tables.step, row);
  for (const row of dump.attempts) await insert(tables.attempt, row);
}

const columnOf = (key: string): string =>
  key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
