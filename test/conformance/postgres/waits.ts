import { expect, it } from '@jest/globals';
import type { Client } from 'pg';
import type { EntityManager } from 'typeorm';
import type { Departure, NewExecution } from '../../../libs/workflow/src/engine/journal.port.js';
import type { TransactionOwner } from '../../../libs/workflow/src/engine/step-transaction.port.js';
import { gate } from '../../support/gate.js';
import { VirtualClock } from '../../support/virtual-clock.js';
import type { Instance, SharedDatabase } from '../support/postgres-instances.js';
import {
  OTHER_TENANT,
  OTHER_WORKER,
  WORKER,
  completed,
  creating,
  end,
  owned,
  pending,
  recording,
  starterOf,
  taskOf,
} from '../support/records.js';

const BETWEEN = 'beta';

const LANES: readonly (readonly [string, Departure | undefined])[] = [
  ['stays', undefined],
  ['ends', end()],
  ['parks', { kind: 'park', delay: 0 }],
  ['gives back', { kind: 'release', delay: 0 }],
  ['suspends', { kind: 'suspend', reason: 'somebody asked for it' }],
];

/** Those that say something beside the first execution: a batch may be written another way than it alone. */
const COMPANY: readonly (readonly [string, readonly TransactionOwner[]])[] = [
  ['alone', []],
  ['beside another', [starterOf(2)]],
];

/** A COMMIT that has written a checkpoint waits for whoever holds the lock. */
const COMMIT_LOCK = 'SELECT pg_advisory_xact_lock(1)';
const SLOW_COMMITS = [
  `CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN PERFORM pg_advisory_xact_lock(1); RETURN NULL; END'`,
  `CREATE CONSTRAINT TRIGGER slow_commit AFTER INSERT ON workflow_step DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION wait()`,
];

/** Whoever waits for a transaction that is open, and has nothing to do. */
const WAITING_FOR_IDLE = `SELECT waiting.query FROM pg_stat_activity waiting
  JOIN pg_stat_activity idle ON idle.pid = ANY (pg_blocking_pids(waiting.pid))
  WHERE waiting.datname = current_database() AND idle.state = 'idle in transaction'`;

/** Three executions in the order of their keys. In another order the second stays between the others. */
const THREE: readonly (readonly [string, readonly TransactionOwner[]])[] = [
  ['of one tenant', [starterOf(1), starterOf(2), starterOf(3)]],
  ['of three tenants', [starterOf(3), starterOf(2, BETWEEN), starterOf(1, OTHER_TENANT)]],
];

/** What waits for whom, and in which order. */
export function waitRules(database: () => SharedDatabase): void {
  const two = async (): Promise<[Instance, Instance]> => {
    const clock = new VirtualClock();
    const first = await database().instance(clock);
    await first.migrate();
    return [first, await database().instance(clock)];
  };

  /** Does something to the database. Answers with what commits it. */
  const hold = async (statement: string): Promise<() => Promise<void>> => {
    const done = gate();
    const going = gate();
    const ended = database().direct.transaction(async (manager) => {
      await manager.query(statement);
      done.open();
      await going.passed;
    });
    await Promise.race([done.passed, ended]);
    return () => {
      going.open();
      return ended;
    };
  };

  /** Does something to the database that is not committed before the others wait for it. */
  const untilOthersWait = async (
    count: number,
    statement: string,
    others: () => Promise<unknown>,
  ): Promise<void> => {
    const commit = await hold(statement);
    const work = others();
    try {
      // Whoever does not wait has an answer before.
      const early = work.then(() => Promise.reject(new Error('Nobody waited.')));
      await Promise.race([database().untilWaiting(count), early]);
    } finally {
      await Promise.allSettled([commit(), work]);
    }
    await work;
  };

  const create = async ({ journal }: Instance, owners: readonly TransactionOwner[]) => {
    await journal.flush(
      owners.map(({ tenantId, executionId }) => creating(owned(0, { tenantId, executionId }))),
    );
  };

  const ofTask = ({ tenantId, executionId }: TransactionOwner): string =>
    `WHERE tenant_id = '${tenantId}' AND execution_id = '${executionId}'`;

  describeEach(LANES, THREE, (lane, departure, whose, owners) => {
    it(`lets a batch that ${lane} meet another and a heartbeat ${whose} without a deadlock`, async () => {
      const [one, other] = await two();
      await create(one, owners);
      const [, middle = starterOf(2)] = owners;
      const backwards = [...owners].reverse();
      const batchOf = (each: readonly TransactionOwner[]) =>
        each.map((owner) => recording(owner, { checkpoints: [completed('a')], departure }));

      for (const meet of [
        () => other.journal.flush(owners.map((owner) => recording(owner))),
        () => other.queue.extend(WORKER, owners.map(taskOf)),
        () => other.queue.extend(WORKER, backwards.map(taskOf)),
      ]) {
        await untilOthersWait(2, `SELECT 1 FROM workflow_task ${ofTask(middle)} FOR UPDATE`, () =>
          Promise.all([meet(), one.journal.flush(batchOf(backwards))]),
        );
        await database().query('DELETE FROM workflow_execution');
        await create(one, owners);
      }
    });
  });

  describeEach(LANES, COMPANY, (lane, departure, beside, others) => {
    const batchOf = (owners: readonly TransactionOwner[]) =>
      owners.map((owner) => recording(owner, { checkpoints: [completed('late')], departure }));
    const outcomesBeside = ['fenced', ...others.map(() => 'applied')];

    it(`fences what ${lane} ${beside} when the task goes while it waits`, async () => {
      const [instance] = await two();
      await create(instance, [starterOf(1), ...others]);
      let outcomes: readonly { readonly kind: string }[] = [];

      await untilOthersWait(1, `DELETE FROM workflow_task ${ofTask(starterOf(1))}`, async () => {
        outcomes = await instance.journal.flush(batchOf([starterOf(1), ...others]));
      });

      expect(outcomes.map(({ kind }) => kind)).toEqual(outcomesBeside);
      expect((await database().dump()).checkpoints).toHaveLength(others.length);
    });

    it(`fences what ${lane} ${beside} when its owner departs while it waits`, async () => {
      const [instance] = await two();
      await create(instance, [starterOf(1), ...others]);
      const parking = `UPDATE workflow_task SET worker_id = NULL, status = 'waiting', claims = 0
        ${ofTask(starterOf(1))}`;
      let outcomes: readonly { readonly kind: string }[] = [];

      await untilOthersWait(1, parking, async () => {
        outcomes = await instance.journal.flush(batchOf([starterOf(1), ...others]));
      });

      expect(outcomes.map(({ kind }) => kind)).toEqual(outcomesBeside);
      const { tasks, checkpoints } = await database().dump();
      const [{ executionId }] = [starterOf(1)];
      expect(tasks.filter((task) => task.executionId === executionId)).toMatchObject([
        { status: 'waiting', fence: 1 },
      ]);
      expect(checkpoints).toHaveLength(others.length);
    });
  });

  it.each([
    ['is claimed by another', `worker_id = '${OTHER_WORKER}', fence = 2`],
    ['is parked', `worker_id = NULL, status = 'waiting'`],
  ])('renews no lease of a task that %s while the heartbeat waits', async (_what, change) => {
    const [instance] = await two();
    await create(instance, [starterOf(1)]);
    const due = new Date('2040-01-01T00:00:00.000Z');
    const moving = `UPDATE workflow_task SET ${change}, visible_at = '${due.toISOString()}'
      ${ofTask(starterOf(1))}`;
    let lost: unknown;

    await untilOthersWait(1, moving, async () => {
      lost = await instance.queue.extend(WORKER, [taskOf(starterOf(1))]);
    });

    expect(lost).toEqual([taskOf(starterOf(1))]);
    expect((await database().dump()).tasks).toMatchObject([{ visibleAt: due.getTime() }]);
  });

  it('waits for its COMMIT whose answer was lost, and for nobody else', async () => {
    const [instance] = await two();
    await create(instance, [starterOf(1), starterOf(2), starterOf(1, OTHER_TENANT)]);
    for (const statement of SLOW_COMMITS) await database().query(statement);
    const others = `tenant_id = '${OTHER_TENANT}' OR execution_id = '${starterOf(2).executionId}'`;
    const leave = await hold(`SELECT 1 FROM workflow_task WHERE ${others} FOR KEY SHARE`);
    const commit = await hold(COMMIT_LOCK);
    let client: Client | undefined;
    const answers: unknown[] = [];
    const step = instance.transactions.run(starterOf(1), async (manager) => {
      client = (await (manager as EntityManager).queryRunner?.connect()) as Client;
      return { kind: 'commit', checkpoint: completed('a') };
    });
    const answered = step.then(
      (end) => answers.push(end),
      (error: unknown) => answers.push(error),
    );

    try {
      await database().untilWaiting(1, 'advisory');
      breakOff(client);
      await Promise.race([database().untilWaiting(2), answered]);
      expect(answers).toEqual([]);
      await commit();
      while (answers.length === 0) {
        expect(await database().query(WAITING_FOR_IDLE)).toEqual([]);
      }
    } finally {
      await Promise.all([commit(), leave(), answered]);
    }

    expect(answers).toMatchObject([{ kind: 'committed', checkpoint: completed('a') }]);
  });

  it.each([
    [
      'keys',
      [
        ['acme', 'order', 'key-1'],
        ['acme', 'order', 'key-2'],
        ['acme', 'order', 'key-3'],
      ],
    ],
    [
      'workflows',
      [
        ['acme', 'a', 'key'],
        ['acme', 'b', 'key'],
        ['acme', 'c', 'key'],
      ],
    ],
    [
      'tenants',
      [
        ['acme', 'order', 'key'],
        ['beta', 'order', 'key'],
        ['globex', 'order', 'key'],
      ],
    ],
  ] as const)('lets starts of the same three %s meet in any order', async (_what, starts) => {
    const [one, other] = await two();
    const execution = (n: number, start: (typeof starts)[number]): NewExecution => {
      const [tenantId, workflowId, idempotencyKey] = start;
      return pending(n, { tenantId, workflowId, idempotencyKey });
    };
    const [first, middle, last] = starts;
    const [{ tenantId, workflowId, idempotencyKey, executionId }] = [execution(9, middle)];
    const holding = `INSERT INTO workflow_execution (tenant_id, id, workflow_id, workflow_version,
        definition_hash, capability, idempotency_key, input_hash, input, context, status, run, fence,
        created_at)
      VALUES ('${tenantId}', '${executionId}', '${workflowId}', '1', 'h', 'c', '${idempotencyKey}', 'h',
        '1', '1', 'completed', 1, 1, now())`;
    let outcomes: readonly { readonly kind: string }[] = [];

    await untilOthersWait(2, holding, async () => {
      const batches = await Promise.all([
        one.journal.flush([first, middle, last].map((start, n) => creating(execution(n, start)))),
        other.journal.flush(
          [last, middle, first].map((start, n) => creating(execution(3 + n, start))),
        ),
      ]);
      outcomes = batches.flat();
    });

    expect(outcomes.filter(({ kind }) => kind === 'created')).toHaveLength(2);
  });
}

/** The database notices it when it has something to say. */
function breakOff(client: Client | undefined): void {
  client?.on('error', () => undefined);
  (
    client as unknown as { connection: { stream: { destroy(): void } } }
  ).connection.stream.destroy();
}

function describeEach<A, B>(
  rows: readonly (readonly [string, A])[],
  columns: readonly (readonly [string, B])[],
  rule: (row: string, a: A, column: string, b: B) => void,
): void {
  for (const [row, a] of rows) for (const [column, b] of columns) rule(row, a, column, b);
}
