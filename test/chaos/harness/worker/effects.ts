import { openSync, writeSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { WorkflowContext } from '@luxgen/workflow';
import { Pool } from 'pg';
import type { Order, WorkerStore } from './protocol.js';

/** Writes an effect where the engine's connection has no part in it; resolves when it is there. */
export type EffectWriter = (executionId: string, step: string) => Promise<void>;

/** What the steps of the harness do. Nothing keeps an effect from being there twice. */
export class Effects {
  constructor(
    private readonly write: EffectWriter,
    private readonly insert: string,
    /** Milliseconds. */
    private readonly longestWork: number,
  ) {}

  static of(store: WorkerStore, longestWork: number): Effects {
    return store.kind === 'postgres'
      ? new Effects(
          tableWriter(store),
          'INSERT INTO chaos_effect (execution_id, step) VALUES ($1, $2)',
          longestWork,
        )
      : new Effects(
          fileWriter(store.effects),
          'INSERT INTO chaos_effect (execution_id, step) VALUES (?1, ?2)',
          longestWork,
        );
  }

  /** Through the transaction that also commits the checkpoint. */
  async transactional({ executionId, stepId, manager }: WorkflowContext): Promise<string> {
    await manager.query(this.insert, [executionId, stepId]);
    await this.work();
    return stepId;
  }

  /** One that fails the first time, when it has written already. */
  async fragile(order: Order, context: WorkflowContext): Promise<string> {
    const done = await this.transactional(context);
    if (order.fragile && context.retryCount === 0) throw new Error('Fails once.');
    return done;
  }

  async plain({ executionId, stepId }: WorkflowContext): Promise<string> {
    await this.work();
    await this.write(executionId, stepId);
    return stepId;
  }

  private work(): Promise<void> {
    return pause(Math.random() * this.longestWork);
  }
}

function tableWriter({ effects }: Extract<WorkerStore, { kind: 'postgres' }>): EffectWriter {
  const pool = new Pool({
    ...effects,
    max: 4,
    connectionTimeoutMillis: 5_000,
    query_timeout: 10_000,
  });
  pool.on('connect', (client) => client.on('error', () => undefined));
  pool.on('error', () => undefined);
  return async (executionId, step) => {
    await pool.query('INSERT INTO chaos_effect (execution_id, step) VALUES ($1, $2)', [
      executionId,
      step,
    ]);
  };
}

function fileWriter(path: string): EffectWriter {
  const file = openSync(path, 'a');
  return (executionId, step) => {
    writeSync(file, `${executionId} ${step}\n`);
    return Promise.resolve();
  };
}
