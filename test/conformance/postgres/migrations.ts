import { expect, it } from '@jest/globals';
import type { QueryRunner } from 'typeorm';
import { gate } from '../../support/gate.js';
import { VirtualClock } from '../../support/virtual-clock.js';
import type { Instance, SharedDatabase } from '../support/postgres-instances.js';
import { creating, pending } from '../support/records.js';

/** The instance's migrations, with something that happens before each of their statements. */
const interrupted = (
  { dialect }: Instance,
  before: (statement: number, runner: QueryRunner) => Promise<void>,
): Instance['dialect'] => ({
  ...dialect,
  migrations: dialect.migrations.map((migration) => ({
    name: migration.name,
    up(runner) {
      let statement = 0;
      const query = async (sql: string): Promise<unknown> => {
        await before((statement += 1), runner);
        return runner.query(sql);
      };
      return migration.up({ query } as unknown as QueryRunner);
    },
    down: (runner) => migration.down(runner),
  })),
});

export function migrationRules(database: () => SharedDatabase): void {
  const tables = async (): Promise<string[]> => {
    const rows = await database().query<{ name: string }>(
      `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`,
    );
    return rows.map(({ name }) => name);
  };
  const entries = () => database().query('SELECT name FROM workflow_migration');

  const ALL = [
    'workflow_attempt',
    'workflow_execution',
    'workflow_migration',
    'workflow_step',
    'workflow_task',
  ];

  // Red when: libs/workflow/src/persistence/migration-runner.ts
  //   - if (migrationLock !== undefined) await query(migrationLock, []);
  //   +
  it('F58 runs once when instances boot at the same time', async () => {
    const clock = new VirtualClock();
    const half = gate();
    const first = await database().instance(clock);
    const others = await Promise.all([1, 2].map(() => database().instance(clock)));

    const leading = first.migrate(
      interrupted(first, async (statement) => {
        if (statement === 4) await half.passed;
      }),
    );
    await holdsTheLock(database());
    const following = others.map((instance) => instance.migrate());
    await database().untilWaiting(2, 'advisory');
    half.open();

    await Promise.all([leading, ...following]);
    expect(await tables()).toEqual(ALL);
    expect(await entries()).toEqual([{ name: 'InitialSchema1700000000000' }]);
    for (const { journal } of others) {
      await expect(journal.flush([creating(pending(1))])).resolves.toMatchObject([
        { kind: 'created' },
      ]);
    }
  });

  it('F58 leaves nothing when it is killed half way, and the next boot begins anew', async () => {
    const clock = new VirtualClock();
    const killed = await database().instance(clock);

    const broken = killed.migrate(
      interrupted(killed, async (statement, runner) => {
        if (statement !== 6) return;
        const [{ pid }] = (await runner.query('SELECT pg_backend_pid() AS pid')) as [
          { pid: number },
        ];
        await database().query('SELECT pg_terminate_backend($1, 5000)', [pid]);
      }),
    );

    await expect(broken).rejects.toThrow();
    expect(await tables()).toEqual([]);
    const next = await database().instance(clock);
    await next.migrate();
    expect(await tables()).toEqual(ALL);
    expect(await entries()).toHaveLength(1);
  });

  // Red when: libs/workflow/src/persistence/migrations/initial-schema.postgres.ts
  //   - autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0,
  //   +
  it('F30 has the hot table vacuumed by the number of its dead rows, and leaves room on its pages', async () => {
    await (await database().instance(new VirtualClock())).migrate();

    const [task] = await database().query<{ reloptions: string[] }>(
      `SELECT reloptions FROM pg_class WHERE relname = 'workflow_task'`,
    );

    expect([...(task?.reloptions ?? [])].sort()).toEqual([
      'autovacuum_analyze_scale_factor=0',
      'autovacuum_analyze_threshold=5000',
      'autovacuum_vacuum_cost_delay=0',
      'autovacuum_vacuum_scale_factor=0',
      'autovacuum_vacuum_threshold=1000',
      'fillfactor=70',
    ]);
  });

  it('changes nothing when it has run', async () => {
    const instance = await database().instance(new VirtualClock());
    await instance.migrate();
    await instance.journal.flush([creating(pending(1))]);
    const before = await database().dump();

    await instance.migrate();

    expect(await database().dump()).toEqual(before);
    expect(await entries()).toHaveLength(1);
  });
}

/** Resolves when somebody has the advisory lock: the one who migrates. */
async function holdsTheLock(database: SharedDatabase): Promise<void> {
  for (let asked = 0; asked < 20_000; asked += 1) {
    const held = await database.query(
      `SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted`,
    );
    if (held.length > 0) return;
  }
  throw new Error('Nobody took the lock.');
}
