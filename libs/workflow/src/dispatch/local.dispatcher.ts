import { AsyncResource } from 'node:async_hooks';
import type { EngineLog } from '../engine/engine.port.js';
import type { ExecutionEngine, LocalKnowledge } from '../engine/execution-engine.js';
import type { RunEnd } from '../engine/execution-run.js';
import { SUSPECT_CLAIMS, type OwnedExecution } from '../engine/owned-execution.js';
import { backoff } from '../runtime/backoff.js';
import type { CancelTimer, Clock } from '../runtime/clock.js';
import type { Random } from '../runtime/random.js';
import type { WorkflowHealth } from '../runtime/workflow-health.js';
import type { Announcements } from './announcements.port.js';
import { Isolation } from './isolation.js';
import type { CompletionBoard } from './completion-board.js';
import { Dispatcher } from './dispatcher.port.js';
import { Slots } from './slots.js';
import type { TaskQueue } from './task-queue.port.js';

/** How this process looks for work. */
export interface LocalDispatcherOptions {
  readonly workerId: string;
  /** Executions held at a time. */
  readonly concurrency: number;
  /** Milliseconds between looks when nobody says that there is work. */
  readonly pollInterval: number;
  readonly capabilities: () => readonly string[];
  /** Whether what runs already has more to write than the database takes. */
  readonly congested: () => boolean;
  readonly announcements: Announcements;
}

/** Executions one claim takes at most; a longer one would hold the database for everybody else. */
const LARGEST_CLAIM = 100;

/** Milliseconds between looks at a database that gives no work, at most. */
const LONGEST_BACKOFF = 5_000;

/** Wakes the slots of its own process: when told that there is work, and by a slow poll behind that. */
export class LocalDispatcher extends Dispatcher {
  readonly slots: Slots;
  private readonly isolation: Isolation;
  /**
   * Executions run in the asynchronous context of the dispatcher: one that is claimed must not see
   * what belongs to whoever happened to wake it, and one that is run at once sees the same.
   */
  private readonly detached = AsyncResource.bind((work: () => void) => work());
  private running = false;
  private claiming = false;
  private lookAgain = false;
  /** The last claim was full: more is due than this process has taken. */
  private backlog = true;
  /** Looks in a row that failed. Until the next one, being told of work changes nothing. */
  private failures = 0;
  private poll: CancelTimer = () => undefined;
  /** Monotonic milliseconds of the last claim that took nothing. */
  foundNothingAt = -Infinity;

  constructor(
    private readonly queue: TaskQueue,
    private readonly engine: ExecutionEngine,
    private readonly board: CompletionBoard,
    private readonly clock: Clock,
    private readonly random: Random,
    private readonly log: EngineLog,
    private readonly health: WorkflowHealth,
    private readonly options: LocalDispatcherOptions,
  ) {
    super();
    this.slots = new Slots(options.concurrency);
    this.isolation = new Isolation(this.slots, clock, () => this.workAvailable());
  }

  override start(): Promise<void> {
    this.running = true;
    this.lookAgain = true;
    return new Promise((resolve) => {
      this.detached(() => void this.look().then(resolve));
    });
  }

  override workAvailable(): void {
    if (!this.running) return;
    this.lookAgain = true;
    if (!this.claiming && this.failures === 0) this.detached(() => void this.look());
  }

  override workDueIn(delay: number): void {
    if (delay >= this.options.pollInterval) return;
    const cancel = this.clock.schedule(delay, () => {
      this.timers.delete(cancel);
      this.workAvailable();
    });
    this.timers.add(cancel);
  }

  override stop(): void {
    this.running = false;
    this.poll();
    for (const cancel of this.timers) cancel();
    this.timers.clear();
  }

  private readonly timers = new Set<CancelTimer>();

  /**
   * A slot for an execution that is about to be created, if it may be run at once: never past work
   * that is already waiting.
   */
  reserve(): boolean {
    if (!this.running || this.backlog || this.full) return false;
    this.slots.take();
    return true;
  }

  /** Gives back a slot that was reserved for an execution that did not come to be. */
  cancelReservation(): void {
    this.freeSlot();
  }

  /**
   * Runs an execution in a slot that was reserved for it.
   *
   * @param since monotonic milliseconds at which the order that created it was sent
   */
  runReserved(owned: OwnedExecution, since: number, local: LocalKnowledge): void {
    const { lease } = this.queue;
    const sentAt = this.clock.monotonic();
    // Its lease began when it was written, which may have been long after the order, while the database
    // took no writes: nobody can say how much of it is left, unless it is renewed.
    const isStale = lease !== undefined && sentAt - since > lease / 3;
    this.detached(() =>
      isStale
        ? void this.hold(owned, sentAt, local, () => this.isStillOurs(owned))
        : void this.hold(owned, since, local),
    );
  }

  private async isStillOurs(owned: OwnedExecution): Promise<boolean> {
    return (await this.queue.extend(this.workerId, [owned])).length === 0;
  }

  get workerId(): string {
    return this.options.workerId;
  }

  private async look(): Promise<void> {
    this.claiming = true;
    this.poll();
    try {
      while (this.lookAgain && this.running && !this.full) {
        this.lookAgain = false;
        await this.claim();
      }
      // Told of work without a slot for it: the next slot that comes free is for that.
      if (this.lookAgain) this.backlog = true;
    } catch (cause) {
      this.failures += 1;
      const message = 'The database gives no work.';
      if (this.health.failed('claim', message, cause)) {
        this.log.warn({ code: 'STORE_UNAVAILABLE', message, cause });
      }
    } finally {
      this.claiming = false;
    }
    if (!this.running) return;
    this.poll = this.clock.schedule(this.pauseBeforeLook(), () => {
      this.lookAgain = true;
      this.detached(() => void this.look());
    });
  }

  /** Nothing more can be taken on at this moment. */
  private get full(): boolean {
    return this.slots.free <= 0 || this.isolation.active || this.options.congested();
  }

  private pauseBeforeLook(): number {
    const shortest = this.options.pollInterval;
    if (this.failures === 0) return shortest;
    return backoff(
      this.failures,
      { shortest, longest: Math.max(shortest, LONGEST_BACKOFF) },
      this.random,
    );
  }

  private async claim(): Promise<void> {
    const limit = Math.min(this.slots.free, LARGEST_CLAIM);
    // The slots are taken before the claim, so that a start meanwhile cannot take them too.
    for (let i = 0; i < limit; i += 1) this.slots.take();
    let claimed: readonly OwnedExecution[] = [];
    const since = this.clock.monotonic();
    try {
      const { workerId, capabilities } = this.options;
      claimed = await this.queue.claim({ workerId, limit, capabilities: capabilities() });
      this.failures = 0;
      this.health.works('claim');
    } finally {
      for (let i = claimed.length; i < limit; i += 1) this.slots.giveBack();
    }
    if (claimed.length === 0) this.foundNothingAt = this.clock.monotonic();
    this.backlog = claimed.length === limit;
    if (this.backlog) this.lookAgain = true;
    for (const owned of claimed) {
      if (owned.claims === SUSPECT_CLAIMS) void this.holdSuspect(owned, since);
      else void this.hold(owned, since);
    }
  }

  private async holdSuspect(suspect: OwnedExecution, since: number): Promise<void> {
    const { turn, leave } = this.isolation.enter();
    await this.hold(suspect, since, undefined, async () => {
      await turn;
      return this.queue.isolate(this.workerId, suspect);
    });
    leave();
  }

  private async hold(
    owned: OwnedExecution,
    since: number,
    local?: LocalKnowledge,
    turn?: () => Promise<boolean>,
  ): Promise<void> {
    const end = await this.engine.run(owned, since, local, turn);
    if (end.kind === 'ended') this.board.announce(end.snapshot);
    if (end.kind === 'parked') this.workDueIn(end.delay);
    this.tellOthers(owned, end.kind, local);
    this.freeSlot();
  }

  private tellOthers(owned: OwnedExecution, end: RunEnd['kind'], local?: LocalKnowledge): void {
    const { announcements } = this.options;
    if (end === 'ended') {
      if (!local?.awaitedOnlyHere) announcements.ended(owned);
      return;
    }
    if (this.board.isAwaited(owned)) announcements.endExpected();
    if (end === 'released') announcements.workLeft();
  }

  private freeSlot(): void {
    this.slots.giveBack();
    if (this.backlog) this.workAvailable();
  }
}
