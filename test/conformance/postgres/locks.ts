import { expect, it } from '@jest/globals';
import type {
  JournalOutcome,
  JournalRecord,
} from '../../../libs/workflow/src/persistence/journal-record.js';
import type {
  TransactionEnd,
  TransactionalEnd,
} from '../../../libs/workflow/src/engine/step-transaction.port.js';
import { postgresQueryOf } from '../../../libs/workflow/src/persistence/postgres/postgres.connection.js';
import { postgresStatements } from '../../../libs/workflow/src/persistence/dialects/postgres/postgres.statements.js';
import { tableNames } from '../../../libs/workflow/src/persistence/table-names.js';
import { gate } from '../../support/gate.js';
import { VirtualClock } from '../../support/virtual-clock.js';
import type { Instance, SharedDatabase } from '../support/postgres-instances.js';
import {
  CAPABILITY,
  OTHER_WORKER,
  WORKER,
  attempt,
  completed,
  creating,
  end,
  executionId,
  failed,
  failure,
  keyOf,
  owned,
  pending,
  recording,
  starterOf,
  taskOf,
} from '../support/records.js';
import { seededRandom } from '../support/seeded-random.js';
import { LEASE } from '../support/tested-store.js';

export function lockRules(database: () => SharedDatabase): void {
  const two = async (clock = new VirtualClock()): Promise<[Instance, Instance]> => {
    const first = await database().instance(clock);
    await first.migrate();
    return [first, await database().instance(clock)];
  };

  const flush = ({ journal }: Instance, ...batch: JournalRecord[]) => journal.flush(batch);

  /** A transactional step of the first execution that has begun and waits to go on. */
  const openStep = async (instance: Instance, departure?: TransactionalEnd) => {
    const begun = gate();
    const going = gate();
    const ended: Promise<TransactionEnd<never>> = instance.transactions.run(
      starterOf(1),
      async () => {
        begun.open();
        await going.passed;
        return { kind: 'commit', checkpoint: completed('transactional'), departure };
      },
    );
    await Promise.race([begun.passed, ended]);
    return { goOn: () => going.open(), ended };
  };

  const kinds = (outcomes: readonly JournalOutcome[]) => outcomes.map(({ kind }) => kind);

  it('are not kept for long by who is stopped in the middle of a claim', async () => {
    const clock = new VirtualClock();
    const [stopped, other] = await two(clock);
    await flush(other, creating(pending(1)));
    const claimed = gate();
    const woken = gate();
    const sleeping = stopped.connection.transaction(async (query) => {
      const due = [clock.databaseOffset(), [CAPABILITY], 10, null];
      await query(postgresStatements(tableNames(''), 1_000).claim, [...due, WORKER, LEASE]);
      claimed.open();
      await woken.passed;
      await query('SELECT 1', []);
    });
    await claimed.passed;
    const request = { workerId: OTHER_WORKER, limit: 10, capabilities: [CAPABILITY] };

    const until = performance.now() + 4_000;
    let found = await other.queue.claim(request);
    expect(found).toEqual([]);
    while (found.length === 0 && performance.now() < until) {
      found = await other.queue.claim(request);
    }

    expect(found).toMatchObject([{ ...keyOf(1), fence: 1 }]);
    woken.open();
    await expect(sleeping).rejects.toThrow();
  });

  it('lets batches overlap in any order without a deadlock', async () => {
    const instances = await two();
    const random = seededRandom(74);
    const numbers = Array.from({ length: 24 }, (_, n) => n);
    const some = (): number[] => random.shuffled(numbers).slice(0, 2 + random.below(22));
    let next = 1_000;
    for (const n of numbers) await flush(instances[0], creating(owned(n)));
    const batchOf = (step: string): JournalRecord[] =>
      random.shuffled([
        ...some().map((n) =>
          recording(starterOf(n), {
            checkpoints: [completed(step)],
            attempts: [attempt(step, 1)],
          }),
        ),
        ...some().map((n) => creating(pending((next += 1), { idempotencyKey: `${step} ${n}` }))),
      ]);

    for (let round = 0; round < 100; round += 1) {
      const [one, other] = instances;
      const outcomes = await Promise.all([
        flush(one, ...batchOf(`step-${round}`)),
        flush(other, ...batchOf(`step-${round}`)),
        one.queue.extend(
          WORKER,
          some().map((n) => taskOf(starterOf(n))),
        ),
        other.queue.extend(
          WORKER,
          some().map((n) => taskOf(starterOf(n))),
        ),
      ]);
      expect(outcomes.slice(2)).toEqual([[], []]);
    }
  }, 60_000);

  it('lets starts overlap in any order without a deadlock', async () => {
    const [one, other] = await two();
    const keyed = (n: number, idempotencyKey: string) => pending(n, { idempotencyKey });
    const held = gate();
    const letGo = gate();
    const holding = database().direct.transaction(async (manager) => {
      await one.journal.createWithin(postgresQueryOf(manager), keyed(9, 'key-3'));
      held.open();
      await letGo.passed;
    });
    await held.passed;

    // Each has something the other wants when both get what they wait for.
    const first = ['key-1', 'key-3', 'key-2'].map((key, n) => creating(keyed(n, key)));
    const second = ['key-2', 'key-3', 'key-1'].map((key, n) => creating(keyed(3 + n, key)));
    const flushed = Promise.all([flush(one, ...first), flush(other, ...second)]);
    await database().untilWaiting(2);
    letGo.open();
    await holding;

    const outcomes = (await flushed).flat();
    expect(outcomes.filter(({ kind }) => kind === 'created')).toHaveLength(2);
    expect((await database().dump()).tasks).toHaveLength(3);
  });

  // Red when: libs/workflow/src/persistence/dialects/postgres/postgres.statements.ts
  //   - AND worker_id = $5 FOR KEY SHARE
  //   + AND worker_id = $5 FOR NO KEY UPDATE
  it.each([
    ['alone', []],
    ['in batches', [3, 4]],
  ] as const)(
    'F16 lets the owner of a transactional step renew its lease and write its other steps %s',
    async (_how, [third, fourth]) => {
      const [instance] = await two();
      const all = [1, 2, third, fourth].filter((n) => n !== undefined);
      await flush(instance, ...all.map((n) => creating(owned(n))));
      const step = await openStep(instance);
      const staying = [1, third].filter((n) => n !== undefined);
      const ending = [2, fourth].filter((n) => n !== undefined);

      const outcomes = await flush(
        instance,
        ...staying.map((n) => recording(starterOf(n), { checkpoints: [completed('beside')] })),
        ...ending.map((n) =>
          recording(starterOf(n), { checkpoints: [completed('sibling')], departure: end() }),
        ),
      );
      const lost = await instance.queue.extend(WORKER, [taskOf(starterOf(1))]);

      expect(kinds(outcomes)).toEqual(all.map(() => 'applied'));
      expect(lost).toEqual([]);
      step.goOn();
      expect(await step.ended).toMatchObject({ kind: 'committed' });
      const { checkpoints } = await database().dump();
      expect(checkpoints.map(({ stepId }) => stepId).sort()).toEqual(
        [...staying.map(() => 'beside'), ...ending.map(() => 'sibling'), 'transactional'].sort(),
      );
    },
  );

  it('lets no claim take the task of an open transactional step, though its lease has ended', async () => {
    const clock = new VirtualClock();
    const [instance, other] = await two(clock);
    await flush(instance, creating(owned(1)), creating(owned(2)));
    const step = await openStep(instance);
    await clock.advance(LEASE);
    const request = { workerId: OTHER_WORKER, limit: 10, capabilities: [CAPABILITY] };

    expect(await other.queue.claim(request)).toMatchObject([keyOf(2)]);
    step.goOn();
    expect(await step.ended).toMatchObject({ kind: 'committed' });
    expect(await other.queue.claim(request)).toMatchObject([
      { ...keyOf(1), fence: 2, checkpoints: [completed('transactional')] },
    ]);
  });

  it('makes a release wait for the transactional step that stands on the fence', async () => {
    const [instance] = await two();
    await flush(instance, creating(owned(1)));
    const step = await openStep(instance);

    const released = flush(
      instance,
      recording(starterOf(1), { departure: { kind: 'release', delay: 0 } }),
    );
    await database().untilWaiting(1);
    step.goOn();

    expect(await step.ended).toMatchObject({ kind: 'committed' });
    expect(kinds(await released)).toEqual(['applied']);
    const { tasks, checkpoints } = await database().dump();
    expect(tasks).toMatchObject([{ status: 'pending', fence: 2 }]);
    expect(checkpoints).toMatchObject([{ stepId: 'transactional', fence: 1 }]);
  });

  it('makes a cancellation wait for the transactional step', async () => {
    const [instance, other] = await two();
    await flush(instance, creating(owned(1)));
    const step = await openStep(instance);

    const cancelled = other.executions.cancel(keyOf(1), '[]', 'It was cancelled.');
    await database().untilWaiting(1);
    step.goOn();

    expect(await step.ended).toMatchObject({ kind: 'committed' });
    expect(await cancelled).toMatchObject({ kind: 'cancelled' });
  });

  it('F64 lets the last, transactional, step or a cancellation end the execution', async () => {
    const [instance, other] = await two();
    await flush(instance, creating(owned(1)));
    const step = await openStep(instance, end());

    const cancelled = other.executions.cancel(keyOf(1), '[]', 'It was cancelled.');
    await database().untilWaiting(1);
    step.goOn();

    expect(await step.ended).toMatchObject({ kind: 'committed' });
    expect(await cancelled).toEqual({ kind: 'already-ended' });
    expect((await database().dump()).executions).toMatchObject([{ status: 'completed' }]);
  });

  it.each([
    ['ends', failure()],
    ['releases', { kind: 'release', delay: 0 }],
  ] as const)(
    'keeps the word of a transactional step that commits while a batch %s its execution',
    async (_what, departure) => {
      const [instance] = await two();
      await flush(instance, creating(owned(1)), creating(owned(2)));
      const step = await openStep(instance);

      const stopped = failed('transactional', { status: 'cancelled' });
      const batch = flush(
        instance,
        recording(starterOf(1), { checkpoints: [stopped], departure }),
        recording(starterOf(2), { departure: end() }),
      );
      await database().untilWaiting(1);
      step.goOn();

      expect(await step.ended).toMatchObject({ kind: 'committed' });
      expect(kinds(await batch)).toEqual(['applied', 'applied']);
      const { checkpoints } = await database().dump();
      expect(checkpoints).toMatchObject([{ stepId: 'transactional', status: 'completed' }]);
    },
  );

  it.each([
    ['parked', { kind: 'park', delay: 0 }],
    ['suspended', { kind: 'suspend', reason: 'somebody asked for it' }],
  ] as const)('fences a transactional step whose execution is %s under it', async (...given) => {
    const [, departure] = given;
    const [instance] = await two();
    await flush(instance, creating(owned(1)));
    const step = await openStep(instance);

    const outcomes = await flush(instance, recording(starterOf(1), { departure }));
    step.goOn();

    expect(kinds(outcomes)).toEqual(['applied']);
    expect(await step.ended).toEqual({ kind: 'fenced' });
    expect((await database().dump()).checkpoints).toEqual([]);
  });

  it('F60 lets one of two instances create what both start with one key', async () => {
    const instances = await two();
    const outcomes = await Promise.all(
      Array.from({ length: 100 }, (_, n) =>
        flush(instances[n % 2], creating(owned(n, { idempotencyKey: 'key' }))),
      ),
    );

    const { executions, tasks } = await database().dump();
    const [{ id } = { id: '' }] = executions;
    expect(tasks).toHaveLength(1);
    for (const [n, [outcome]] of outcomes.entries()) {
      expect(outcome).toMatchObject(
        executionId(n) === id ? { kind: 'created' } : { kind: 'joined', executionId: id },
      );
    }
  });
}
