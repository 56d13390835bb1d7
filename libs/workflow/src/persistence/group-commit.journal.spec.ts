import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Libsql from 'libsql';
import { DataSource } from 'typeorm';
import type { NewExecution, Transition } from '../engine/journal.port.js';
import { SystemClock, type CancelTimer } from '../runtime/clock.js';
import { SystemRandom } from '../runtime/random.js';
import { WorkflowHealth } from '../runtime/workflow-health.js';
import { sqliteDialect } from './dialects/sqlite/sqlite.dialect.js';
import { GroupCommitJournal } from './group-commit.journal.js';
import { runMigrations } from './migration-runner.js';
import { ExclusiveCheckout } from './sqlite/exclusive-checkout.js';
import { SqliteStoreConnection } from './sqlite/sqlite.connection.js';
import { tableNames } from './table-names.js';

/** Pauses end in the next turn of the event loop. */
class HastyClock extends SystemClock {
  override schedule(delay: number, callback: () => void): CancelTimer {
    return super.schedule(Math.min(delay, 1), callback);
  }
}

/** What was sent to the database, and what it is to do about it. */
const sent: string[] = [];
let onStatement: (sql: string) => void = () => undefined;
let onDone: (sql: string) => void = () => undefined;

class WatchedLibsql extends Libsql {
  constructor(...given: ConstructorParameters<typeof Libsql>) {
    super(...given);
    const prepare = this.prepare.bind(this);
    const watched = (sql: string): unknown => {
      const statement = prepare(sql);
      for (const name of ['run', 'all', 'get'] as const) {
        const method = statement[name].bind(statement);
        const watching = (...values: unknown[]): unknown => {
          sent.push(sql);
          onStatement(sql);
          const result = method(...values);
          onDone(sql);
          return result;
        };
        Object.assign(statement, { [name]: watching });
      }
      return statement;
    };
    Object.assign(this, { prepare: watched });
  }
}

let dataSource: DataSource;
let journal: GroupCommitJournal;
const health = new WorkflowHealth();

const count = (statement: string): number => sent.filter((sql) => sql === statement).length;

const rows = (sql: string): Promise<Record<string, unknown>[]> => dataSource.query(sql);

/** Does something once, when a statement is about to be sent or has been executed. */
const once = (matching: string, act: () => void): ((sql: string) => void) => {
  let done = false;
  return (sql) => {
    if (done || !sql.includes(matching)) return;
    done = true;
    act();
  };
};

const busy = (code: string): Error => Object.assign(new Error('not now'), { code });

const execution = (id: string, more: Partial<NewExecution> = {}): NewExecution => ({
  tenantId: 'acme',
  executionId: id,
  workflowId: 'order',
  workflowVersion: '1.0.0',
  definitionHash: 'hash',
  capability: 'order@1.0.0#hash',
  input: '{}',
  inputHash: 'input',
  context: '{}',
  workerId: 'worker',
  ...more,
});

const transition = (id: string, more: Partial<Transition> = {}): Transition => ({
  tenantId: 'acme',
  executionId: id,
  run: 1,
  fence: 1,
  workerId: 'worker',
  attempts: [],
  checkpoints: [{ stepId: 'step', status: 'completed', attempts: 1, finishedAt: 1 }],
  ...more,
});

const END = {
  departure: {
    kind: 'end',
    status: 'completed',
    statusCode: 200,
    message: 'done',
    degraded: false,
  },
} as const;

beforeEach(async () => {
  const clock = new HastyClock();
  dataSource = await new DataSource({
    type: 'better-sqlite3',
    driver: WatchedLibsql,
    database: ':memory:',
  }).initialize();
  const connection = new SqliteStoreConnection(ExclusiveCheckout.install(dataSource, clock), () =>
    dataSource.destroy(),
  );
  const tables = tableNames('');
  const dialect = sqliteDialect(connection, tables, clock);
  await runMigrations(connection, tables, dialect, 0);
  journal = new GroupCommitJournal(dialect.journal, connection, clock, new SystemRandom(), health);
  sent.length = 0;
});

afterEach(async () => {
  onStatement = () => undefined;
  onDone = () => undefined;
  await journal.close();
  await dataSource.destroy();
});

describe('a batch', () => {
  it('takes what the same moment brings into one commit', async () => {
    const ids = Array.from({ length: 100 }, (_, index) => `e${index}`);
    await Promise.all(ids.map((id) => journal.create(execution(id))));
    expect(count('COMMIT')).toBe(1);
    expect(await rows('SELECT count(*) AS n FROM workflow_task')).toEqual([{ n: 100 }]);
  });

  it('leaves what arrives during a commit to the next one, which all of it shares', async () => {
    const late: Promise<unknown>[] = [];
    const arrive = AsyncResource.bind(() => {
      for (const id of ['b', 'c', 'd']) late.push(journal.create(execution(id)));
    });
    onStatement = once('COMMIT', arrive);
    await journal.create(execution('a'));
    expect(late).toHaveLength(3);
    await Promise.all(late);
    expect(count('COMMIT')).toBe(2);
  });

  it('carries 256 records at most', async () => {
    const ids = Array.from({ length: 257 }, (_, index) => `e${index}`);
    await Promise.all(ids.map((id) => journal.create(execution(id))));
    expect(count('COMMIT')).toBe(2);
  });

  it('answers each record with its own outcome', async () => {
    await journal.create(execution('held'));
    const keyed = { idempotencyKey: 'key', inputHash: 'first' };
    const outcomes = await Promise.all([
      journal.create(execution('owned')),
      journal.create(execution('pending', { workerId: undefined })),
      journal.record(transition('held')),
      journal.create(execution('first', keyed)),
      journal.create(execution('second', { idempotencyKey: 'key', inputHash: 'other' })),
      journal.record(transition('held', { fence: 2 })),
      journal.record(transition('nowhere')),
    ]);
    expect(outcomes).toEqual([
      { kind: 'created', fence: 1, createdAt: expect.any(Number) },
      { kind: 'created', fence: 0, createdAt: expect.any(Number) },
      { kind: 'applied', at: expect.any(Number) },
      { kind: 'created', fence: 1, createdAt: expect.any(Number) },
      { kind: 'joined', executionId: 'first', inputHash: 'first' },
      { kind: 'fenced' },
      { kind: 'fenced' },
    ]);
    expect(count('COMMIT')).toBe(2);
  });

  it('is written in the asynchronous context of none of its callers', async () => {
    const storage = new AsyncLocalStorage<string>();
    const seen = new Set<unknown>();
    onStatement = () => seen.add(storage.getStore());
    await Promise.all(['a', 'b'].map((id) => storage.run(id, () => journal.create(execution(id)))));
    expect([...seen]).toEqual([undefined]);
  });
});

describe('a record', () => {
  it('is written at whatever distance it follows a commit', async () => {
    // The writer looks for more, finds none and rests: in between nothing may be overlooked.
    for (let distance = 0; distance < 20; distance += 1) {
      let after: Promise<unknown> = journal.create(execution(`a${distance}`));
      for (let step = 0; step < distance; step += 1) after = after.then(() => undefined);
      await after.then(() => journal.create(execution(`b${distance}`)));
    }
    expect(await rows('SELECT count(*) AS n FROM workflow_execution')).toEqual([{ n: 40 }]);
  });

  it('that cannot be written fails alone', async () => {
    const broken = { inputHash: null as unknown as string };
    const outcomes = await Promise.allSettled(
      ['a', 'b', 'broken', 'c', 'd', 'e', 'f'].map((id) =>
        journal.create(execution(id, id === 'broken' ? broken : {})),
      ),
    );
    expect(outcomes.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
      ...Array.from({ length: 4 }, () => 'fulfilled'),
    ]);
    expect(outcomes[2]).toMatchObject({ reason: { code: 'STORE_UNAVAILABLE' } });
    expect(await rows('SELECT id FROM workflow_execution ORDER BY id')).toEqual(
      ['a', 'b', 'c', 'd', 'e', 'f'].map((id) => ({ id })),
    );
    expect(await rows('SELECT count(*) AS n FROM workflow_task')).toEqual([{ n: 6 }]);
  });

  it('says nothing of the database in its message', async () => {
    const broken = execution('broken', { inputHash: null as unknown as string });
    await expect(journal.create(broken)).rejects.toMatchObject({
      message: 'The store did not answer.',
      retryable: true,
    });
  });

  it('is refused inside of a transaction that the writer would wait for', async () => {
    await expect(
      dataSource.transaction(() => journal.create(execution('a'))),
    ).rejects.toMatchObject({ code: 'SQLITE_REENTRANT' });
    expect(await rows('SELECT id FROM workflow_execution')).toEqual([]);
  });
});

// Red when: libs/workflow/src/persistence/dialects/sqlite/sqlite.journal-store.ts
//   - return id === execution.executionId
//   + return id === ''
describe('F16 a commit that was answered by an error', () => {
  const breakAnswer = (): void => {
    onDone = once('COMMIT', () => {
      throw new Error('the answer is lost');
    });
  };

  it('is found again: the start is acknowledged, and there once', async () => {
    breakAnswer();
    const outcomes = await Promise.all([
      journal.create(execution('a', { idempotencyKey: 'key' })),
      journal.create(execution('b', { workerId: undefined })),
    ]);
    expect(outcomes).toMatchObject([
      { kind: 'created', fence: 1 },
      { kind: 'created', fence: 0 },
    ]);
    expect(await rows('SELECT id FROM workflow_execution ORDER BY id')).toEqual([
      { id: 'a' },
      { id: 'b' },
    ]);
  });

  it('is found again when it carried a single record', async () => {
    breakAnswer();
    expect(await journal.create(execution('a'))).toMatchObject({ kind: 'created', fence: 1 });
  });

  it('is no lost fence for the end of an execution', async () => {
    await journal.create(execution('a'));
    breakAnswer();
    expect(await journal.record(transition('a', END))).toEqual({
      kind: 'applied',
      at: expect.any(Number),
    });
    expect(await rows('SELECT status, fence FROM workflow_execution')).toEqual([
      { status: 'completed', fence: 1 },
    ]);
  });

  it('is a lost fence for whoever did not write that end', async () => {
    await journal.create(execution('a'));
    await journal.record(transition('a', END));
    expect(await journal.record(transition('a', { ...END, fence: 2 }))).toEqual({ kind: 'fenced' });
    expect(await journal.record(transition('a'))).toEqual({ kind: 'fenced' });
  });
});

// Red when: libs/workflow/src/persistence/transient-faults.ts
//   - 'SQLITE_FULL',
//   +
describe('F26 F28 while the database does not take writes', () => {
  it('transitions wait, starts are refused, and the health says so', async () => {
    await journal.create(execution('a'));
    let refusals = 0;
    const takesNone = (sql: string): void => {
      if (sql !== 'COMMIT') return;
      refusals += 1;
      throw busy('SQLITE_FULL');
    };
    onStatement = takesNone;
    const waiting = journal.record(transition('a'));
    await expect(journal.create(execution('b'))).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
    });
    expect(refusals).toBeGreaterThan(1);
    expect(health.report()).toEqual({
      status: 'degraded',
      reasons: ['The database does not take writes. Its disk is full (SQLITE_FULL).'],
    });

    onStatement = () => undefined;
    expect(await waiting).toMatchObject({ kind: 'applied' });
    expect(await rows('SELECT step_id FROM workflow_step')).toEqual([{ step_id: 'step' }]);
    expect(await rows('SELECT id FROM workflow_execution')).toEqual([{ id: 'a' }]);
    expect(health.report().status).toBe('ok');
  });

  it.each(['SQLITE_BUSY', 'SQLITE_FULL', 'SQLITE_IOERR_WRITE'])(
    'one refusal by %s is nothing to anybody',
    async (code) => {
      onStatement = once('BEGIN', () => {
        throw busy(code);
      });
      expect(await journal.create(execution('a'))).toMatchObject({ kind: 'created' });
    },
  );

  it('a close tries once more, and leaves nobody without an answer', async () => {
    await journal.create(execution('a'));
    onStatement = (sql) => {
      if (sql === 'COMMIT') throw busy('SQLITE_FULL');
    };
    const waiting = journal.record(transition('a'));
    const answer = expect(waiting).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await journal.close();
    await answer;
  });

  // Red when: libs/workflow/src/persistence/group-commit.journal.ts
  //   - if (this.closing) {
  //   + if (entries.length < 2) {
  it('F28 a close tries all of it once, and not each part', async () => {
    const names = Array.from({ length: 50 }, (_, n) => `e${n}`);
    for (const name of names) await journal.create(execution(name));
    let attempts = 0;
    onStatement = (sql) => {
      if (sql !== 'COMMIT') return;
      attempts += 1;
      throw busy('SQLITE_FULL');
    };
    const answers = names.map((name) =>
      expect(journal.record(transition(name))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' }),
    );
    await journal.close();
    await Promise.all(answers);
    expect(attempts).toBeLessThanOrEqual(2);
  });
});
