/** The names of our tables, with the prefix the user chose. */
export interface TableNames {
  readonly execution: string;
  readonly task: string;
  readonly step: string;
  readonly attempt: string;
  /** The one table without a tenant: it says which shapes the others have. */
  readonly migration: string;
  /** Not a table: the name under which the processes that share them speak to each other. */
  readonly channel: string;
}

const PREFIX = /^[A-Za-z_][A-Za-z0-9_]{0,31}$/;

/** Whether a prefix is safe to be part of a statement. */
export const isTablePrefix = (prefix: string): boolean => prefix === '' || PREFIX.test(prefix);

export const tableNames = (prefix: string): TableNames => ({
  execution: `${prefix}workflow_execution`,
  task: `${prefix}workflow_task`,
  step: `${prefix}workflow_step`,
  attempt: `${prefix}workflow_attempt`,
  migration: `${prefix}workflow_migration`,
  channel: `${prefix}workflow`,
});
