import { WorkflowException } from '../../result/workflow.exception.js';
import { chainOf } from '../../runtime/fault-chain.js';
import type { Pool } from './connection-pool.js';

/** What a pooler says that keeps no settings for the sessions of its clients. */
const REFUSAL = /unsupported startup parameter(?: in options)?: (\w+)/;

const DIRECTLY = 'Give store.dataSource a DataSource that connects directly';

/** Why a connection was refused, if that is because of the settings of its session. */
export function settingsRefused(error: unknown): WorkflowException | undefined {
  for (const { message } of chainOf(error)) {
    const [, setting] = REFUSAL.exec(message) ?? [];
    if (setting === undefined) continue;
    return new WorkflowException(
      'SESSION_SETTINGS_REFUSED',
      `A pooler before the database refuses "${setting}", which the sessions of the engine need. ${DIRECTLY}, or let the pooler ignore what it refuses.`,
    );
  }
  return undefined;
}

/** Said where sessions do not have what they were given. */
export const SETTINGS_IGNORED = {
  code: 'SESSION_SETTINGS_IGNORED',
  message: `A pooler before the database ignores the settings of the engine's sessions: a lock that somebody holds keeps all who share a batch waiting. ${DIRECTLY}, or set lock_timeout, statement_timeout and idle_in_transaction_session_timeout for its role.`,
} as const;

/** Whether the server bounds what the sessions of a pool wait for. */
export async function keepsSettings(pool: Pool): Promise<boolean> {
  const client = await pool.connect();
  try {
    const text = `SELECT setting FROM pg_settings WHERE name = 'lock_timeout'`;
    const { rows } = await client.query({ text, values: [] });
    return rows[0]?.['setting'] !== '0';
  } finally {
    client.release();
  }
}
