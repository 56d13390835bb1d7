import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import Libsql from 'libsql';
import { DataSource } from 'typeorm';
import type { ExecutionQuery } from '../../../dispatch/execution-store.port.js';
import type {
  CreateOutcome,
  Departure,
  NewExecution,
  Transition,
  TransitionOutcome,
} from '../../../engine/journal.port.js';
import type { OwnedExecution } from '../../../engine/owned-execution.js';
import { PayloadCodec } from '../../../payload/payload-codec.js';
import { DEFAULT_PAYLOAD_LIMITS } from '../../../payload/payload-limits.js';
import { SystemRandom } from '../../../runtime/random.js';
import { Patience } from '../../patience.js';
import { SystemClock } from '../../../runtime/clock.js';
import { runMigrations } from '../../migration-runner.js';
import { SqlExecutionStore } from '../../sql.execution-store.js';
import { ExclusiveCheckout } from '../../sqlite/exclusive-checkout.js';
import { SqliteStoreConnection } from '../../sqlite/sqlite.connection.js';
import { tableNames } from '../../table-names.js';
import { sqliteDialect } from './sqlite.dialect.js';
import { sqliteJournalStatements } from './sqlite.journal.statements.js';
import { sqliteStatements } from './sqlite.statements.js';

const tables = tableNames('');
const statements = sqliteStatements(tables);
const journalStatements = sqliteJournalStatements(tables);
const WORKER = 'worker';
const CAPABILITY = 'order@1.0.0#hash';
const A = { tenantId: 'acme', executionId: 'a' };

/** Does something when a statement has been executed. */
let onDone: (sql: string) => void = () => undefined;

class WatchedLibsql extends Libsql {
  constructor(...given: ConstructorParameters<typeof Libsql>) {
    super(...given);
    const prepare = this.prepare.bind(this);
    const watched = (sql: string): unknown => {
      const statement = prepare(sql);
      const run = statement.run.bind(statement) as (...values: unknown[]) => unknown;
      const watching = (...values: unknown[]): unknown => {
        const result = run(...values);
        onDone(sql);
        return result;
      };
      return Object.assign(statement, { run: watching });
    };
    Object.assign(this, { prepare: watched });
  }
}

interface Store {
  readonly dataSource: DataSource;
  readonly dialect: ReturnType<typeof sqliteDialect>;
  readonly executions: SqlExecutionStore;
}

async function openStore(): Promise<Store> {
  const clock = new SystemClock();
  const dataSource = await new DataSource({
    type: 'better-sqlite3',
    driver: WatchedLibsql,
    database: ':memory:',
  }).initialize();
  const connection = new SqliteStoreConnection(ExclusiveCheckout.install(dataSource, clock), () =>
    dataSource.destroy(),
  );
  const dialect = sqliteDialect(connection, tables, clock);
  await runMigrations(connection, tables, dialect, 0);
  const patience = new Patience(clock, new SystemRandom());
  const executions = new SqlExecutionStore(connection, dialect.statements, clock, patience);
  return { dataSource, dialect, executions };
}

let store: Store;

const rows = <T = Record<string, unknown>>(sql: string): Promise<T[]> =>
  store.dataSource.query(sql);

async function create(more: Partial<NewExecution> = {}): Promise<CreateOutcome> {
  const execution: NewExecution = {
    ...A,
    workflowId: 'order',
    workflowVersion: '1.0.0',
    definitionHash: 'hash',
    capability: CAPABILITY,
    input: '{}',
    inputHash: 'input',
    context: '{}',
    ...more,
  };
  const [outcome] = await store.dialect.journal.flush([{ kind: 'create', execution }]);
  return outcome as CreateOutcome;
}

const claim = (limit = 10): Promise<readonly OwnedExecution[]> =>
  store.dialect.queue.claim({ workerId: WORKER, limit, capabilities: [CAPABILITY] });

type Said = Partial<Pick<Transition, 'attempts' | 'checkpoints' | 'departure'>>;

async function say(
  { tenantId, executionId, run, fence, workerId }: OwnedExecution,
  said: Said,
): Promise<TransitionOutcome> {
  const owner = { tenantId, executionId, run, fence, workerId };
  const transition: Transition = { ...owner, attempts: [], checkpoints: [], ...said };
  const [outcome] = await store.dialect.journal.flush([{ kind: 'transition', transition }]);
  return outcome as TransitionOutcome;
}

async function claimOne(): Promise<OwnedExecution> {
  const [owned] = await claim(1);
  if (!owned) throw new Error('Nothing was due.');
  return owned;
}

const checkpoint = (stepId: string, output?: string): Said => ({
  checkpoints: [{ stepId, status: 'completed', attempts: 1, output, finishedAt: 1 }],
});

const failedAttempt = (stepId: string): Said => ({
  attempts: [{ stepId, attempt: 1, errors: '[]', startedAt: 1, finishedAt: 2, retryDelay: 0 }],
});

const ending = (status: 'completed' | 'failed'): Said & { departure: Departure } => ({
  departure: { kind: 'end', status, statusCode: 200, message: 'over', degraded: false },
});

/** Everything that is stored. */
async function dump(): Promise<unknown> {
  const content: Record<string, unknown> = {};
  for (const name of [tables.execution, tables.task, tables.step, tables.attempt]) {
    content[name] = await rows(`SELECT * FROM ${name} ORDER BY 1, 2, 3`);
  }
  return content;
}

beforeEach(async () => {
  store = await openStore();
});

afterEach(async () => {
  onDone = () => undefined;
  await store.dataSource.destroy();
});

describe('keys', () => {
  it('all begin with the tenant, but for that of the claim, which crosses tenants', async () => {
    const indexes = await rows<{ table: string; name: string; first: string }>(`
      SELECT t.name AS "table", i.name, c.name AS first
      FROM sqlite_master t JOIN pragma_index_list(t.name) i JOIN pragma_index_info(i.name) c
      WHERE t.type = 'table' AND c.seqno = 0 ORDER BY t.name DESC`);
    const others = indexes.filter(({ first }) => first !== 'tenant_id');
    expect(others.map(({ table, name, first }) => [table, name, first])).toEqual([
      [tables.task, `${tables.task}_ready`, 'queue'],
      [tables.migration, expect.stringContaining('autoindex'), 'name'],
    ]);
    const keys = await rows<{ table: string; first: string }>(`
      SELECT t.name AS "table", c.name AS first
      FROM sqlite_master t JOIN pragma_table_info(t.name) c WHERE t.type = 'table' AND c.pk = 1`);
    expect(new Map(keys.map(({ table, first }) => [table, first]))).toEqual(
      new Map([
        [tables.migration, 'name'],
        [tables.execution, 'tenant_id'],
        [tables.task, 'tenant_id'],
        [tables.step, 'tenant_id'],
        [tables.attempt, 'tenant_id'],
      ]),
    );
  });

  it('that refer to an execution name its tenant too', async () => {
    const references = await rows<{ table: string; from: string; to: string }>(`
      SELECT t.name || ' ' || f.id AS "table", f."from", f."to"
      FROM sqlite_master t JOIN pragma_foreign_key_list(t.name) f WHERE t.type = 'table'`);
    const names = new Set(references.map(({ table }) => table));
    expect(names.size).toBe(3);
    for (const name of names) {
      const columns = references.filter(({ table }) => table === name);
      expect(columns.map(({ from, to }) => `${from} ${to}`)).toEqual([
        'tenant_id tenant_id',
        'execution_id id',
      ]);
    }
  });
});

// Red when: libs/workflow/src/persistence/dialects/sqlite/sqlite.statements.ts
//   - WHERE queue = 'default' AND priority = 0 AND visible_at <= ${now} AND capability
//   + WHERE queue = 'default' AND visible_at <= ${now} AND capability
describe('F69 F74 plans', () => {
  const KEY = 'tenant_id=\\? AND (execution_)?id=\\?';
  const planOf = async (sql: string): Promise<string[]> => {
    const numbers = [...sql.matchAll(/\?(\d+)/g)].map(([, number]) => Number(number));
    const values = Array.from({ length: Math.max(0, ...numbers) }, () => 0);
    const plan: { detail: string }[] = await store.dataSource.query(
      `EXPLAIN QUERY PLAN ${sql}`,
      values,
    );
    return plan.map(({ detail }) => detail).filter((detail) => !/VIRTUAL|SUBQUERY/.test(detail));
  };

  const expectWholeKey = (plan: readonly string[]): void => {
    expect(plan.length).toBeGreaterThan(0);
    for (const step of plan) expect(step).toMatch(new RegExp(`^SEARCH .*${KEY}`));
  };

  it.each([
    'checkFence',
    'removeTask',
    'finishExecution',
    'findOwnEnd',
    'park',
    'release',
    'suspend',
  ] as const)('%s of the journal reaches its rows by their whole key', async (name) => {
    expectWholeKey(await planOf(journalStatements[name]));
  });

  it.each([
    'deleteTask',
    'endExecution',
    'disown',
    'claimedExecutions',
    'claimedCheckpoints',
    'claimedAttempts',
    'retryExecution',
    'expireKey',
    'findKey',
    'findExecution',
    'checkpointsOf',
    'lockOwnTask',
  ] as const)('%s reaches its rows by their whole key', async (name) => {
    expectWholeKey(await planOf(statements[name]));
  });

  it('findExisting reaches its row by the id or by the idempotency key', async () => {
    const plan = (await planOf(journalStatements.findExisting)).filter((step) =>
      step.startsWith('SEARCH'),
    );
    expect(plan).toEqual([
      expect.stringMatching(KEY),
      expect.stringContaining('(tenant_id=? AND workflow_id=? AND idempotency_key=?)'),
    ]);
  });

  it.each(['findDue', 'findNextDue', 'claim'] as const)(
    '%s reads what is due, and not what sleeps',
    async (name) => {
      const plan = await planOf(statements[name]);
      expect(plan).toContainEqual(
        `SEARCH ${tables.task} USING INDEX ${tables.task}_ready (queue=? AND priority=? AND visible_at<?)`,
      );
      expect(plan.filter((step) => /^SCAN|TEMP B-TREE/.test(step))).toEqual([]);
    },
  );

  it.each<[string, Partial<ExecutionQuery>, string]>([
    ['nothing', {}, 'autoindex_workflow_execution_1 \\(tenant_id=\\?\\)'],
    ['a page', { after: 'a' }, 'autoindex_workflow_execution_1 \\(tenant_id=\\? AND id<\\?\\)'],
    ['a status', { status: 'failed' }, '_status \\(tenant_id=\\? AND status>\\? AND status<\\?\\)'],
    ['a workflow', { workflowId: 'order' }, '_workflow \\(tenant_id=\\? AND workflow_id=\\?\\)'],
    ['what a task says', { status: 'waiting' }, 'PRIMARY KEY \\(tenant_id=\\?\\)'],
  ])('a list by %s walks an index in the order of the page', async (_by, filter, index) => {
    const { sql } = statements.list({ tenantId: 'acme', limit: 50, ...filter });
    const [first, ...others] = await planOf(sql);
    expect(first).toMatch(new RegExp(`^SEARCH [et] USING .*${index}`));
    expect(others).toEqual([expect.stringMatching(new RegExp(`^SEARCH [et] .*${KEY}`))]);
  });
});

describe('F05 F61 a lost fence', () => {
  it.each<[string, Said]>([
    ['a checkpoint', checkpoint('step')],
    ['a failed attempt', failedAttempt('step')],
    ['an end', { ...checkpoint('step'), ...ending('completed') }],
    ['a park', { ...failedAttempt('step'), departure: { kind: 'park', delay: 0 } }],
    ['a release', { departure: { kind: 'release', delay: 0 } }],
    ['a suspension', { departure: { kind: 'suspend', reason: 'because' } }],
  ])('lets nothing of %s be written', async (_name, said) => {
    await create();
    const zombie = await claimOne();
    await store.dialect.queue.recover();
    const heir = await claimOne();
    expect(heir.fence).toBeGreaterThan(zombie.fence);
    const before = await dump();
    expect(await say(zombie, said)).toEqual({ kind: 'fenced' });
    expect(await dump()).toEqual(before);
    expect(await say(heir, said)).toMatchObject({ kind: 'applied' });
  });

  it('is lost also to a run that is over', async () => {
    await create();
    const owned = await claimOne();
    await say(owned, ending('failed'));
    await store.executions.retry(A);
    const before = await dump();
    expect(await say(owned, checkpoint('late'))).toEqual({ kind: 'fenced' });
    expect(await dump()).toEqual(before);
  });

  it('never decreases, and no claim repeats one, whatever happens', async () => {
    const act = fc.constantFrom(
      'claim',
      'checkpoint',
      'park',
      'release',
      'complete',
      'fail',
      'recover',
      'cancel',
      'retry',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 10, maxLength: 60 }), async (acts) => {
        await rows(`DELETE FROM ${tables.execution}`);
        await create();
        const claimed: number[] = [];
        let owned: OwnedExecution | undefined;
        let highest = 0;
        for (const name of acts) {
          if (name === 'claim') {
            const [next] = await claim();
            if (next) {
              claimed.push(next.fence);
              owned = next;
            }
          } else if (name === 'recover') await store.dialect.queue.recover();
          else if (name === 'cancel') await store.executions.cancel(A, '[]', 'cancelled');
          else if (name === 'retry') await store.executions.retry(A);
          // The last owner speaks, whether it still owns the execution or not.
          else if (owned) await say(owned, SAYINGS[name]);
          const [stored] = await rows<{ fence: number }>(`
            SELECT coalesce(t.fence, e.fence) AS fence FROM ${tables.execution} e
            LEFT JOIN ${tables.task} t ON t.execution_id = e.id`);
          expect(stored?.fence).toBeGreaterThanOrEqual(highest);
          highest = stored?.fence ?? 0;
        }
        expect(claimed).toEqual([...new Set(claimed)].sort((a, b) => a - b));
      }),
      { numRuns: 60 },
    );
  });
});

const SAYINGS: Readonly<Record<'checkpoint' | 'park' | 'release' | 'complete' | 'fail', Said>> = {
  checkpoint: checkpoint('step'),
  park: { departure: { kind: 'park', delay: 0 } },
  release: { departure: { kind: 'release', delay: 0 } },
  complete: ending('completed'),
  fail: ending('failed'),
};

describe('a checkpoint', () => {
  it('belongs to who wrote it first', async () => {
    await create();
    const owned = await claimOne();
    await say(owned, checkpoint('step', '"first"'));
    await say(owned, checkpoint('step', '"second"'));
    expect(await rows(`SELECT output FROM ${tables.step}`)).toEqual([{ output: '"first"' }]);
  });

  it('of a completed step stays valid in a later run, another does not', async () => {
    await create();
    const first = await claimOne();
    await say(first, checkpoint('done', '1'));
    await say(first, {
      checkpoints: [{ stepId: 'broken', status: 'failed', attempts: 1, finishedAt: 1 }],
      ...ending('failed'),
    });
    expect(await store.executions.retry(A)).toEqual({ kind: 'retried', run: 2 });
    const second = await claimOne();
    expect(second.run).toBe(2);
    expect(second.checkpoints.map(({ stepId, output }) => [stepId, output])).toEqual([
      ['done', '1'],
    ]);
  });
});

// Red when: libs/workflow/src/persistence/dialects/sqlite/sqlite.task-queue.ts
//   - this.unanswered = claimed;
//   +
describe('F04 a claim whose commit was answered by an error', () => {
  it('is given back before the next, which finds it under a higher fence', async () => {
    await create();
    let lost = false;
    onDone = (sql) => {
      if (sql !== 'COMMIT' || lost) return;
      lost = true;
      throw new Error('the answer is lost');
    };
    await expect(claim()).rejects.toThrow('the answer is lost');
    expect(await rows(`SELECT status, fence FROM ${tables.task}`)).toEqual([
      { status: 'running', fence: 1 },
    ]);
    expect(await claim()).toMatchObject([{ ...A, fence: 3, claims: 1 }]);
    // What is held in good order stays where it is.
    expect(await claim()).toEqual([]);
  });

  it('belongs to nobody afterwards, also when there is no slot for it', async () => {
    await create();
    await create({ executionId: 'b' });
    let lost = false;
    onDone = (sql) => {
      if (sql !== 'COMMIT' || lost) return;
      lost = true;
      throw new Error('the answer is lost');
    };
    await expect(claim()).rejects.toThrow('the answer is lost');

    expect(await claim(1)).toHaveLength(1);
    expect(
      await rows(`SELECT status, worker_id, fence FROM ${tables.task} ORDER BY fence`),
    ).toEqual([
      { status: 'pending', worker_id: null, fence: 2 },
      { status: 'running', worker_id: WORKER, fence: 3 },
    ]);
  });

  it('is given back alone: what others hold under the same fence stays where it is', async () => {
    const others = [
      { ...A, tenantId: 'globex' },
      { ...A, executionId: 'b' },
    ];
    for (const other of others) await create({ ...other, workerId: WORKER });
    await create();
    let lost = false;
    onDone = (sql) => {
      if (sql !== 'COMMIT' || lost) return;
      lost = true;
      throw new Error('the answer is lost');
    };
    await expect(claim()).rejects.toThrow('the answer is lost');

    expect(await claim()).toMatchObject([{ ...A, fence: 3 }]);
    expect(await rows(`SELECT status, fence FROM ${tables.task} WHERE fence < 3`)).toEqual([
      { status: 'running', fence: 1 },
      { status: 'running', fence: 1 },
    ]);
  });
});

// Red when: libs/workflow/src/persistence/dialects/sqlite/sqlite.statements.ts
//   - THEN 0 ELSE claims END
//   + THEN claims ELSE claims END
describe('F08 the count of owners that ended without a word', () => {
  const die = async (said?: Said): Promise<number> => {
    const owned = await claimOne();
    if (said) await say(owned, said);
    await store.dialect.queue.recover();
    return owned.claims;
  };

  it('grows with every one of them', async () => {
    await create();
    expect([await die(), await die(), await die()]).toEqual([1, 2, 3]);
  });

  it('begins anew when one has written a checkpoint', async () => {
    await create();
    expect([await die(), await die(checkpoint('step')), await die(), await die()]).toEqual([
      1, 2, 1, 2,
    ]);
  });

  it('leaves those out that gave the execution back', async () => {
    await create();
    await die();
    await say(await claimOne(), { departure: { kind: 'release', delay: 0 } });
    expect((await claimOne()).claims).toBe(2);
  });
});

describe('values', () => {
  const codec = new PayloadCodec(DEFAULT_PAYLOAD_LIMITS);
  const roundTrip = async (value: unknown): Promise<{ input: unknown; output: unknown }> => {
    const text = codec.encode(value);
    await create({ input: text, context: text });
    const first = await claimOne();
    await say(first, checkpoint('step', text));
    await store.dialect.queue.recover();
    const second = await claimOne();
    return {
      input: codec.decode(second.input),
      output: codec.decode(String(second.checkpoints[0]?.output)),
    };
  };

  it('F47 NUL, lone surrogates and controls come back through the real columns', async () => {
    const value = {
      nul: 'a\u0000b',
      high: '\ud800',
      low: 'x\udc00y',
      pair: '😀',
      controls: Array.from({ length: 32 }, (_, code) => String.fromCharCode(code)).join(''),
      separators: '\u2028\u2029\ufeff\uffff',
      ['k\u0000\ud800']: 1,
    };
    expect(await roundTrip(value)).toEqual({ input: value, output: value });
  });

  it('F48 large integers come back whole, and keys in their order', async () => {
    const value = {
      zebra: 1n,
      max: Number.MAX_SAFE_INTEGER,
      min: -(2n ** 63n),
      huge: 9_007_199_254_740_993n,
      double: 1.7976931348623157e308,
      apple: { y: -0, x: 0 },
    };
    const { input, output } = await roundTrip(value);
    expect(input).toEqual(value);
    expect(output).toEqual(value);
    expect(Object.keys(output as object)).toEqual(Object.keys(value));
    expect(Object.keys((output as typeof value).apple)).toEqual(['y', 'x']);
  });

  it('any text comes back as it went in', async () => {
    const texts = fc.array(fc.string({ unit: 'binary' }), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(texts, async (value) => {
        await rows(`DELETE FROM ${tables.execution}`);
        expect(await roundTrip(value)).toEqual({ input: value, output: value });
      }),
      { numRuns: 50 },
    );
  });
});

// Red when: libs/workflow/src/persistence/migration-runner.ts
//   - await connection.migrate(async (query, runner) => {
//   + await connection.read(async (query) => {
//   + const runner = { query: (sql: string) => query(sql, []) } as never;
describe('F58 the migration', () => {
  it('runs once', async () => {
    await create();
    const { dialect } = store;
    const connection = new SqliteStoreConnection(
      ExclusiveCheckout.install(store.dataSource, new SystemClock()),
      () => Promise.resolve(),
    );
    await runMigrations(connection, tables, dialect, 1);
    expect(await rows(`SELECT executed_at FROM ${tables.migration}`)).toEqual([{ executed_at: 0 }]);
    expect(await rows(`SELECT id FROM ${tables.execution}`)).toEqual([{ id: 'a' }]);
  });

  it('that fails half way leaves nothing, and can run again', async () => {
    const { dialect } = store;
    const others = tableNames('other_');
    const connection = new SqliteStoreConnection(
      ExclusiveCheckout.install(store.dataSource, new SystemClock()),
      () => Promise.resolve(),
    );
    const whole = sqliteDialect(connection, others, new SystemClock());
    const [migration] = whole.migrations;
    const broken = {
      ...dialect,
      migrations: [
        {
          name: migration.name,
          up: async (runner: Parameters<typeof migration.up>[0]) => {
            await migration.up(runner);
            throw new Error('half way');
          },
          down: () => Promise.resolve(),
        },
      ],
    };
    const names = (): Promise<unknown[]> =>
      rows(`SELECT name FROM sqlite_master WHERE name LIKE 'other%'`);
    await expect(runMigrations(connection, others, broken, 0)).rejects.toThrow('half way');
    expect(await names()).toEqual([]);
    await runMigrations(connection, others, whole, 0);
    expect((await names()).length).toBeGreaterThan(5);
  });
});
