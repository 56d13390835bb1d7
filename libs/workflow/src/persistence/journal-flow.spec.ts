import { beforeEach, describe, expect, it } from '@jest/globals';
import { setImmediate as turn } from 'node:timers/promises';
import type { NewExecution, Transition } from '../engine/journal.port.js';
import { SystemClock } from '../runtime/clock.js';
import { SystemRandom } from '../runtime/random.js';
import { WorkflowHealth } from '../runtime/workflow-health.js';
import { GroupCommitJournal } from './group-commit.journal.js';
import type { JournalOutcome, JournalRecord, JournalStore } from './journal-record.js';
import type { StoreConnection } from './store-connection.js';

/** A batch on its way, which is committed when told to. */
interface Flush {
  readonly ids: readonly string[];
  answer(): void;
  commit(): Promise<void>;
}

/** Where batches go that nobody hurries. */
class SlowStore implements JournalStore {
  readonly flushes: Flush[] = [];

  constructor(
    readonly flushesInFlight: number,
    readonly answersByEvents: boolean,
  ) {}

  laneOf({ kind }: JournalRecord): string {
    return kind;
  }

  flush(batch: readonly JournalRecord[]): Promise<readonly JournalOutcome[]> {
    return new Promise((resolve) => {
      const answer = (): void =>
        resolve(batch.map((): JournalOutcome => ({ kind: 'applied', at: 1 })));
      this.flushes.push({
        answer,
        ids: batch.map((record) =>
          record.kind === 'create' ? record.execution.executionId : record.transition.executionId,
        ),
        commit: async () => {
          answer();
          await turn();
          await turn();
        },
      });
    });
  }

  createWithin(): Promise<never> {
    throw new Error('Nothing of this is inside a transaction.');
  }
}

/** Of a connection the journal asks nothing but this. */
const connection = { refuseReentry: () => undefined } as unknown as StoreConnection;

const execution = (executionId: string, input = '{}'): NewExecution => ({
  tenantId: 'acme',
  executionId,
  workflowId: 'order',
  workflowVersion: '1.0.0',
  definitionHash: 'hash',
  capability: 'order@1',
  input,
  inputHash: 'hash',
  context: '{}',
});

const transition = (executionId: string): Transition => ({
  tenantId: 'acme',
  executionId,
  run: 1,
  fence: 1,
  workerId: 'worker',
  attempts: [],
  checkpoints: [],
});

describe('the journal', () => {
  let store: SlowStore;
  let journal: GroupCommitJournal;

  const open = (flushesInFlight: number, answersByEvents = false): void => {
    store = new SlowStore(flushesInFlight, answersByEvents);
    journal = new GroupCommitJournal(
      store,
      connection,
      new SystemClock(),
      new SystemRandom(),
      new WorkflowHealth(),
    );
  };
  const sent = (): (readonly string[])[] => store.flushes.map(({ ids }) => ids);

  beforeEach(() => open(2));

  it('sends at once what comes to an idle process', async () => {
    void journal.create(execution('a'));
    await turn();

    expect(sent()).toEqual([['a']]);
  });

  it('gathers the next batch while as many flushes are on their way as there may be', async () => {
    void journal.create(execution('a'));
    await turn();
    void journal.create(execution('b'));
    await turn();
    for (const id of ['c', 'd', 'e']) void journal.create(execution(id));
    await turn();
    expect(sent()).toEqual([['a'], ['b']]);

    await store.flushes[1]?.commit();

    expect(sent()).toEqual([['a'], ['b'], ['c', 'd', 'e']]);
  });

  it('shares what is gathered among the flushes there may be, so that one is written while another is worked on', async () => {
    for (let n = 0; n < 40; n += 1) void journal.create(execution(`${n}`));
    await turn();

    expect(sent().map(({ length }) => length)).toEqual([20, 20]);
  });

  it('sends one flush at a time where the store says nothing else', async () => {
    open(1);
    void journal.create(execution('a'));
    await turn();
    void journal.create(execution('b'));
    void journal.record(transition('x'));
    await turn();
    expect(sent()).toEqual([['a']]);

    await store.flushes[0]?.commit();
    expect(sent()).toEqual([['a'], ['b']]);
    await store.flushes[1]?.commit();

    expect(sent()).toEqual([['a'], ['b'], ['x']]);
  });

  it('gathers what a commit brings before it sends the next one', async () => {
    void Promise.all(
      ['a', 'b', 'c'].map(async (id) => {
        await journal.create(execution(id));
        await Promise.resolve();
        await journal.record(transition(id));
      }),
    );
    await turn();
    await store.flushes[0]?.commit();

    expect(sent()).toEqual([
      ['a', 'b', 'c'],
      ['a', 'b', 'c'],
    ]);
  });

  it.each([
    ['before the next event, where each is answered by one', true, [['a'], ['b'], ['a']]],
    ['with what the same turn brings, where not', false, [['a'], ['b']]],
  ])('sends what an answer sets off %s', async (_when, answersByEvents, expected) => {
    open(2, answersByEvents);
    void journal.create(execution('a')).then(() => journal.record(transition('a')));
    await turn();
    void journal.create(execution('b'));
    await turn();

    store.flushes[0]?.answer();
    // As far as promises and ticks go by themselves.
    for (let ticks = 0; ticks < 5; ticks += 1) await new Promise(process.nextTick);

    expect(sent()).toEqual(expected);
  });

  it('is congested while more waits to be written than should', async () => {
    const mebibyte = 'x'.repeat(1024 * 1024);
    for (let n = 0; n < 2; n += 1) {
      void journal.create(execution(`on-its-way-${n}`));
      await turn();
    }
    for (let n = 0; n < 5; n += 1) void journal.create(execution(`waiting-${n}`, mebibyte));
    expect(journal.congested).toBe(true);

    await store.flushes[0]?.commit();

    expect(journal.congested).toBe(false);
  });

  it('is closed when everything has been answered', async () => {
    let closed = false;
    void journal.create(execution('a'));
    await turn();
    void journal.record(transition('b'));
    const closing = journal.close().then(() => {
      closed = true;
    });
    await turn();
    expect(closed).toBe(false);

    for (const flush of store.flushes) await flush.commit();
    await closing;

    expect(sent()).toEqual([['a'], ['b']]);
  });
});
