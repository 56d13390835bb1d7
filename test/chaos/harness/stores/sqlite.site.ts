import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import libsql from 'libsql';
import type { Handover } from '../recovery.js';
import type { WorkerStore } from '../worker/protocol.js';
import type { Remains, Site, StoredEffect } from './site.js';
import { createViolations, VIOLATIONS } from './violations.js';

const NOW = "CAST(unixepoch('subsec') * 1000 AS integer)";

/** One file has one process: its life is written down before it takes or leaves anything. */
const SCHEMA = [
  'CREATE TABLE IF NOT EXISTS chaos_effect (execution_id text NOT NULL, step text NOT NULL)',
  'CREATE TABLE IF NOT EXISTS chaos_life (position integer PRIMARY KEY, name text NOT NULL)',
  `CREATE TABLE IF NOT EXISTS chaos_handover (position integer PRIMARY KEY,
    execution_id text NOT NULL, by text NOT NULL, taken integer NOT NULL, at integer NOT NULL)`,
];

const trigger = (name: string, event: string, row: 'NEW' | 'OLD', taken: string): string => `
  CREATE TRIGGER IF NOT EXISTS ${name} AFTER ${event} BEGIN
    INSERT INTO chaos_handover (execution_id, by, taken, at)
    SELECT ${row}.execution_id, name, ${taken}, ${NOW} FROM chaos_life
    ORDER BY position DESC LIMIT 1;
  END`;

const TRIGGERS = [
  trigger('chaos_created', 'INSERT ON workflow_task', 'NEW', 'NEW.worker_id IS NOT NULL'),
  trigger('chaos_deleted', 'DELETE ON workflow_task', 'OLD', '0'),
  trigger(
    'chaos_changed',
    'UPDATE ON workflow_task WHEN OLD.worker_id IS NOT NEW.worker_id OR OLD.fence <> NEW.fence',
    'NEW',
    'NEW.worker_id IS NOT NULL',
  ),
];

/** A database file, and a file of plain effects, in a folder of their own. */
export class SqliteSite implements Site {
  readonly afterBoot = TRIGGERS;
  readonly store: Extract<WorkerStore, { kind: 'sqlite' }>;
  private readonly folder = mkdtempSync(join(tmpdir(), 'chaos-sqlite-'));

  constructor() {
    this.store = {
      kind: 'sqlite',
      file: join(this.folder, 'workflow.sqlite'),
      effects: join(this.folder, 'effects'),
    };
  }

  readonly beforeBoot = (life: string) => [
    ...SCHEMA,
    `INSERT INTO chaos_life (name) VALUES ('${life}')`,
  ];

  /** The workers do it: nobody else has the file. */
  instrument(): Promise<void> {
    return Promise.resolve();
  }

  remaining(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  remains(): Promise<Remains> {
    const database = new libsql(this.store.file);
    const all = <T>(sql: string): T[] => database.prepare(sql).all() as T[];
    try {
      database.exec(createViolations('sqlite'));
      const [checked] = all<{ integrity_check: string }>('PRAGMA integrity_check');
      return Promise.resolve({
        executions: all<Remains['executions'][number]>(`
          SELECT e.tenant_id AS tenant, e.id, e.idempotency_key AS key,
            coalesce(t.status, e.status) AS status, e.errors
          FROM workflow_execution e
          LEFT JOIN workflow_task t ON t.tenant_id = e.tenant_id AND t.execution_id = e.id`),
        effects: [
          ...all<StoredEffect>(`SELECT execution_id AS execution, step, count(*) AS times
            FROM chaos_effect GROUP BY 1, 2`),
          ...this.plainEffects(),
        ],
        handovers: all<Omit<Handover, 'taken'> & { readonly taken: number }>(`
          SELECT execution_id AS execution, by, taken, at FROM chaos_handover ORDER BY position`).map(
          (row) => ({ ...row, taken: row.taken === 1 }),
        ),
        integrity: checked?.integrity_check ?? 'unknown',
        violations: all<Remains['violations'][number]>(VIOLATIONS),
      });
    } finally {
      database.close();
    }
  }

  close(): Promise<void> {
    rmSync(this.folder, { recursive: true, force: true });
    return Promise.resolve();
  }

  private plainEffects(): StoredEffect[] {
    const { effects } = this.store;
    const times = new Map<string, number>();
    const text = existsSync(effects) ? readFileSync(effects, 'utf8') : '';
    for (const line of text.split('\n').filter(Boolean)) {
      times.set(line, (times.get(line) ?? 0) + 1);
    }
    return [...times].map(([line, count]) => {
      const [execution = '', step = ''] = line.split(' ');
      return { execution, step, times: count };
    });
  }
}
