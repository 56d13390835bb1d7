import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CompletionBoard } from '../../libs/workflow/src/dispatch/completion-board.js';
import type { ExecutionStore } from '../../libs/workflow/src/dispatch/execution-store.port.js';
import { ProcessAnnouncements } from '../../libs/workflow/src/dispatch/process-announcements.js';
import { ResultPoll } from '../../libs/workflow/src/dispatch/result-poll.js';
import { WakeUps } from '../../libs/workflow/src/dispatch/wake-ups.js';
import type { EngineEvent, EngineLog } from '../../libs/workflow/src/engine/engine.port.js';
import type { ExecutionEngine } from '../../libs/workflow/src/engine/execution-engine.js';
import type { ExecutionSnapshot } from '../../libs/workflow/src/engine/execution-snapshot.js';
import type { ExecutionKey } from '../../libs/workflow/src/engine/journal.port.js';
import { WorkflowHealth } from '../../libs/workflow/src/runtime/workflow-health.js';
import { VirtualClock } from '../support/virtual-clock.js';
import { Wire, type WireChannel } from '../support/wire.js';

const POLL = 1_000;
const HEARING_TIME = 3_000;
const TICK = 20;
/** Longer than what a process has said of itself is remembered. */
const FORGOTTEN = 120_000;

const keyOf = (executionId: string): ExecutionKey => ({ tenantId: 'acme', executionId });

/** A process, reduced to what it announces, hears and awaits. */
interface Participant {
  readonly channel: WireChannel;
  readonly announcements: ProcessAnnouncements;
  readonly logged: string[];
  /** Looks for work. */
  readonly looks: number[];
  /** Ids of executions whose end was found. */
  readonly found: string[];
  await(executionId: string): void;
  /** The execution is in the store as ended, and the others are told. */
  end(executionId: string): void;
  poll(): void;
  close(): Promise<void>;
}

describe('what processes tell each other', () => {
  let wire: Wire;
  let clock: VirtualClock;
  let ended: Map<string, ExecutionSnapshot>;
  let open: Participant[];
  beforeEach(() => {
    wire = new Wire();
    clock = new VirtualClock();
    ended = new Map();
    open = [];
  });
  afterEach(async () => {
    await Promise.all(open.map((participant) => participant.close()));
    expect(clock.pending).toEqual([]);
  });

  function join(id: string, { worker = true, deaf = false } = {}): Participant {
    const board = new CompletionBoard();
    const channel = wire.channel();
    channel.deafen(deaf);
    const logged: string[] = [];
    const looks: number[] = [];
    const found: string[] = [];
    const random = { next: () => 0.5 };
    const log: EngineLog = {
      warn: ({ code }: EngineEvent) => void logged.push(code),
      note: ({ code }: EngineEvent) => void logged.push(code),
    };
    const store = {
      findEnded: (keys: readonly ExecutionKey[]) =>
        Promise.resolve(
          keys.flatMap(({ executionId }) => {
            const snapshot = ended.get(executionId);
            return snapshot ? [snapshot] : [];
          }),
        ),
    } as unknown as ExecutionStore;
    const engine = { holds: () => false } as unknown as ExecutionEngine;
    const results = new ResultPoll(
      store,
      board,
      engine,
      clock,
      random,
      log,
      new WorkflowHealth(),
      POLL,
    );
    const announcements = new ProcessAnnouncements(
      { id, worker },
      channel,
      results,
      clock,
      random,
      log,
    );
    const idle = {
      foundNothingAt: -Infinity,
      workAvailable(): void {
        looks.push(clock.monotonic());
        idle.foundNothingAt = clock.monotonic();
      },
    };
    announcements.start(new WakeUps(idle, clock, random));
    const participant: Participant = {
      channel,
      announcements,
      logged,
      looks,
      found,
      await: (executionId) => {
        void board.watch(keyOf(executionId)).then(
          () => found.push(executionId),
          () => undefined,
        );
        announcements.endExpected();
      },
      end: (executionId) => {
        ended.set(executionId, snapshotOf(executionId));
        announcements.ended(keyOf(executionId));
      },
      poll: () => results.start(),
      close: async () => {
        results.stop();
        await announcements.close();
        board.close(new Error('closed'));
      },
    };
    open.push(participant);
    return participant;
  }

  it('is nothing where one is alone, however much happens', async () => {
    const alone = join('alone');
    await clock.advance(HEARING_TIME);
    const before = wire.statements.length;
    for (let i = 0; i < 1_000; i += 1) {
      alone.await(`${i}`);
      alone.announcements.workLeft();
      alone.end(`${i}`);
    }
    await clock.advance(TICK);

    expect(before).toBe(2);
    expect(wire.statements).toHaveLength(before);
  });

  it('is at most a sign of life each half minute while nothing happens', async () => {
    join('first');
    join('second', { worker: false });
    await clock.advance(HEARING_TIME);
    const before = wire.statements.length;
    await clock.advance(10 * 60_000);

    expect(wire.statements.length - before).toBeLessThanOrEqual(2 * 20 + 2);
  });

  it('is the end of an execution, for who awaits it', async () => {
    const runner = join('runner');
    const waiting = join('waiting', { worker: false });
    await clock.advance(TICK);
    waiting.await('1');
    await clock.advance(TICK);
    runner.end('1');
    await clock.advance(TICK);

    expect(waiting.found).toEqual(['1']);
  });

  it('is no end while nobody awaits any, and none any more when nobody does', async () => {
    const runner = join('runner');
    const waiting = join('waiting', { worker: false });
    await clock.advance(TICK);
    runner.end('0');
    await clock.advance(TICK);
    expect(wire.saidBy('runner')).not.toContain('ended');

    waiting.await('1');
    await clock.advance(TICK);
    runner.end('1');
    await clock.advance(FORGOTTEN);
    const told = wire.saidBy('runner').filter((kind) => kind === 'ended').length;
    runner.end('2');
    await clock.advance(TICK);

    expect(told).toBe(1);
    expect(wire.saidBy('runner').filter((kind) => kind === 'ended')).toHaveLength(told);
  });

  it('lasts as long as the wait', async () => {
    const runner = join('runner');
    const waiting = join('waiting', { worker: false });
    await clock.advance(TICK);
    waiting.await('1');
    await clock.advance(2 * FORGOTTEN);
    runner.end('1');
    await clock.advance(TICK);

    expect(wire.saidBy('runner').filter((kind) => kind === 'heard')).toHaveLength(1);
    expect(waiting.found).toEqual(['1']);
  });

  it('misses no end that comes while it is still under way who awaits it', async () => {
    const runner = join('runner');
    const waiting = join('waiting', { worker: false });
    await clock.advance(HEARING_TIME);
    runner.channel.hold();
    waiting.await('1');
    await clock.advance(TICK);
    runner.end('1');
    await clock.advance(TICK);
    expect(waiting.found).toEqual([]);
    runner.channel.letThrough();
    await clock.advance(3 * TICK);

    expect(waiting.found).toEqual(['1']);
  });

  it('is found by a slow poll where the message is lost', async () => {
    join('runner');
    const waiting = join('waiting');
    waiting.poll();
    await clock.advance(HEARING_TIME);
    waiting.await('1');
    await clock.advance(3 * TICK);
    ended.set('1', snapshotOf('1'));
    await clock.advance(5 * POLL);
    expect(waiting.found).toEqual([]);
    await clock.advance(12.5 * POLL);

    expect(waiting.found).toEqual(['1']);
  });

  it('reaches who came later', async () => {
    const waiting = join('waiting', { worker: false });
    await clock.advance(HEARING_TIME);
    waiting.await('1');
    await clock.advance(HEARING_TIME);
    const late = join('late');
    await clock.advance(3 * TICK);
    late.end('1');
    await clock.advance(3 * TICK);

    expect(waiting.found).toEqual(['1']);
  });

  it('is one statement for all that ends in a moment', async () => {
    const runner = join('runner');
    const waiting = join('waiting', { worker: false });
    await clock.advance(TICK);
    const ids = Array.from({ length: 2_000 }, (_, index) => `execution-${index}`);
    for (const id of ids) waiting.await(id);
    await clock.advance(3 * TICK);
    const before = wire.statements.length;
    for (const id of ids) runner.end(id);
    await clock.advance(TICK);

    expect(wire.statements).toHaveLength(before + 1);
    expect(wire.messages.every((message) => Buffer.byteLength(message) < 8_000)).toBe(true);
    expect(waiting.found).toHaveLength(ids.length);
  });

  // Red when: libs/workflow/src/dispatch/announcement-batch.ts
  //   - if (this.ends.size > MOST_ENDS) this.forgetEnds();
  //   + if (this.ends.size > MOST_ENDS) this.ends.clear();
  it('F31 is only that something ended, where too much did to name it', async () => {
    const runner = join('runner');
    const waiting = join('waiting', { worker: false });
    await clock.advance(TICK);
    waiting.await('execution-7');
    await clock.advance(3 * TICK);
    for (let i = 0; i <= 5_000; i += 1) runner.end(`execution-${i}`);
    await clock.advance(3 * TICK);

    expect(wire.saidBy('runner')).toContain('look');
    expect(wire.saidBy('runner')).not.toContain('ended');
    expect(waiting.found).toEqual(['execution-7']);
  });

  // Red when: libs/workflow/src/dispatch/announcement-sender.ts
  //   - this.batch.forgetEnds();
  it('F31 is made up for when a statement fails, and does not fail the engine', async () => {
    const runner = join('runner');
    const waiting = join('waiting', { worker: false });
    await clock.advance(TICK);
    waiting.await('1');
    await clock.advance(3 * TICK);
    wire.full = true;
    runner.end('1');
    await clock.advance(1_000);
    expect(waiting.found).toEqual([]);
    wire.full = false;
    await clock.advance(5_000);

    expect(waiting.found).toEqual(['1']);
  });

  // Red when: libs/workflow/src/dispatch/result-poll.ts
  //   - if (awaited.length > 0) void this.ask(awaited);
  //   + for (const key of awaited) this.board.announce({ ...key, run: 1, status: 'completed' } as never);
  it('F31 may be anything: what is no message changes nothing', async () => {
    const waiting = join('waiting');
    await clock.advance(HEARING_TIME);
    waiting.await('1');
    const before = wire.statements.length;
    const noise = [
      '',
      ' ',
      'ended',
      'ended x acme',
      'here',
      'here waiting worker hears -1',
      '\u0000',
      '{}',
    ];
    await wire.carry([
      ...noise,
      `ended x acme ${'1'.repeat(7_000)}`,
      'ended x acme 1',
      'unheard of',
    ]);
    await clock.advance(TICK);

    expect(waiting.found).toEqual([]);
    expect(wire.statements).toHaveLength(before + 1);
    expect(waiting.logged).toEqual([]);
  });

  // Red when: libs/workflow/src/dispatch/wake-ups.ts
  //   - const next = this.worker.foundNothingAt + WINDOW - this.clock.monotonic();
  //   + const next = 0;
  it('F32 wakes a worker that finds nothing once in fifty milliseconds, however often it is told', async () => {
    join('busy');
    const worker = join('worker');
    await clock.advance(HEARING_TIME);
    const from = worker.looks.length;
    for (let i = 0; i < 1_000; i += 1) await wire.carry(['work busy']);
    for (let i = 0; i < 100; i += 1) {
      await clock.advance(1);
      await wire.carry(['work busy']);
    }

    const looks = worker.looks.slice(from);
    expect(looks).toHaveLength(3);
    for (let i = 1; i < looks.length; i += 1) {
      expect(Number(looks[i]) - Number(looks[i - 1])).toBeGreaterThanOrEqual(50);
    }
  });

  // Red when: libs/workflow/src/dispatch/wake-ups.ts
  //   - const spread = Math.min(WINDOW, competitors * SPREAD) * this.random.next();
  //   + const spread = 0 * competitors;
  it('F32 wakes many workers one after the other', async () => {
    const starter = join('starter', { worker: false });
    for (let i = 0; i < 12; i += 1) join(`worker-${i}`);
    await clock.advance(HEARING_TIME);
    const worker = open.at(-1);
    const from = worker?.looks.length;
    const at = clock.monotonic();
    starter.announcements.workLeft();
    await clock.advance(100);

    // Half of the longest spread, as the random numbers of this test say.
    expect(worker?.looks.slice(from)).toEqual([at + 25]);
  });

  it('does not wake a process that advances nothing', async () => {
    const starter = join('starter');
    const reader = join('reader', { worker: false });
    await clock.advance(HEARING_TIME);
    starter.announcements.workLeft();
    await clock.advance(100);

    expect(reader.looks).toEqual([]);
    expect(wire.saidBy('starter')).not.toContain('work');
  });

  // Red when: libs/workflow/src/dispatch/hearing-test.ts
  //   - this.outcomes.deaf();
  it('F22 is not relied on by a process that does not hear itself: it says so, and polls', async () => {
    const runner = join('runner');
    const waiting = join('waiting', { worker: false, deaf: true });
    waiting.poll();
    await clock.advance(HEARING_TIME);
    expect(waiting.logged).toEqual(['NOTIFICATIONS_UNHEARD']);
    waiting.await('1');
    runner.end('1');
    await clock.advance(1.25 * POLL);
    expect(waiting.found).toEqual(['1']);

    waiting.await('2');
    waiting.channel.deafen(false);
    await clock.advance(60_000);
    expect(waiting.logged).toEqual(['NOTIFICATIONS_UNHEARD', 'NOTIFICATIONS_HEARD']);
    runner.end('2');
    await clock.advance(3 * TICK);
    expect(waiting.found).toEqual(['1', '2']);
  });

  // Red when: libs/workflow/src/dispatch/process-announcements.ts
  //   - this.sender.pause();
  //   - this.ceaseToHear();
  //   + this.sender.pause();
  // Red when: libs/workflow/src/dispatch/process-announcements.ts
  //   - // What was announced while nothing was heard here.
  //   - this.results.lookSoon();
  it('F22 is polled for as long as the connection is lost, and looked for when it is back', async () => {
    const runner = join('runner');
    const waiting = join('waiting', { worker: false });
    waiting.poll();
    await clock.advance(HEARING_TIME);
    for (const id of ['1', '2']) waiting.await(id);
    await clock.advance(3 * TICK);
    waiting.channel.cut();
    runner.end('1');
    await clock.advance(1.25 * POLL);
    expect(waiting.found).toEqual(['1']);

    runner.end('2');
    await clock.advance(TICK);
    expect(waiting.found).toEqual(['1']);
    waiting.channel.subscribe();
    await clock.advance(TICK);
    expect(waiting.found).toEqual(['1', '2']);
    expect(waiting.logged).toEqual(['NOTIFICATIONS_LOST', 'NOTIFICATIONS_HEARD']);
  });

  // Red when: libs/workflow/src/dispatch/process-announcements.ts
  //   - this.results.pollOften(!this.hearsItself || this.peers.anyDeafWorker);
  //   + this.results.pollOften(!this.hearsItself);
  // Red when: libs/workflow/src/dispatch/process-announcements.ts
  //   - if (!this.closed) this.channel.probe(this.signOfLife(0)).catch(() => undefined);
  it('F22 is polled for by those who hear, while a worker does not', async () => {
    const runner = join('runner');
    const waiting = join('waiting', { worker: false });
    waiting.poll();
    await clock.advance(HEARING_TIME);
    waiting.await('1');
    await clock.advance(3 * TICK);
    runner.channel.cut();
    runner.end('1');
    await clock.advance(1.25 * POLL);
    expect(waiting.found).toEqual(['1']);

    runner.channel.subscribe();
    await clock.advance(3 * TICK);
    waiting.await('2');
    ended.set('2', snapshotOf('2'));
    await clock.advance(5 * POLL);
    expect(waiting.found).toEqual(['1']);
  });

  // Red when: libs/workflow/src/dispatch/process-announcements.ts
  //   - const hears = this.hearsItself || (!this.deaf && this.subscribedAt < Infinity);
  //   + const hears = true;
  it('F22 is polled for by those who hear, while a worker stands behind a pooler', async () => {
    const runner = join('runner', { deaf: true });
    const waiting = join('waiting', { worker: false });
    waiting.poll();
    await clock.advance(2 * HEARING_TIME);
    waiting.await('1');
    runner.end('1');
    await clock.advance(1.25 * POLL);

    expect(waiting.found).toEqual(['1']);
  });

  // Red when: libs/workflow/src/dispatch/process-announcements.ts
  //   - if (this.deaf || this.closed) return false;
  //   + if (this.closed) return false;
  it('F22 is nothing from a process that has ceased to hear', async () => {
    join('runner');
    const waiting = join('waiting');
    await clock.advance(HEARING_TIME);
    waiting.channel.cut();
    waiting.channel.deafen();
    waiting.channel.subscribe();
    await clock.advance(2 * HEARING_TIME);
    const said = wire.saidBy('waiting').length;
    waiting.await('1');
    waiting.announcements.workLeft();
    await clock.advance(TICK);

    expect(waiting.logged).toEqual(['NOTIFICATIONS_LOST', 'NOTIFICATIONS_UNHEARD']);
    expect(wire.saidBy('waiting')).toHaveLength(said);
  });

  // Red when: libs/workflow/src/dispatch/hearing-test.ts
  //   - this.outcomes.silent();
  it('F22 is missed no longer than half a minute on a connection that died silently', async () => {
    const waiting = join('waiting');
    await clock.advance(HEARING_TIME);
    waiting.channel.deafen();
    await clock.advance(45_000);

    expect(waiting.channel.resubscriptions).toBe(1);
    expect(waiting.logged).toEqual(['NOTIFICATIONS_LOST', 'NOTIFICATIONS_HEARD']);
  });

  it('says its last word before it closes', async () => {
    const leaving = join('leaving');
    const worker = join('worker');
    await clock.advance(HEARING_TIME);
    const from = worker.looks.length;
    leaving.announcements.workLeft();
    await leaving.close();
    await clock.advance(50);

    expect(worker.looks.length).toBe(from + 1);
  });
});

const snapshotOf = (executionId: string): ExecutionSnapshot => ({
  ...keyOf(executionId),
  workflowId: 'w',
  workflowVersion: '1.0.0',
  capability: 'c',
  status: 'completed',
  run: 1,
  createdAt: 0,
  finishedAt: 1,
  degraded: false,
  context: '{}',
  checkpoints: [],
});
