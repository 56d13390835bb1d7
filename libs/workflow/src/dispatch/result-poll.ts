import type { EngineLog } from '../engine/engine.port.js';
import type { ExecutionEngine } from '../engine/execution-engine.js';
import type { ExecutionKey } from '../engine/journal.port.js';
import type { CancelTimer, Clock } from '../runtime/clock.js';
import type { Random } from '../runtime/random.js';
import type { WorkflowHealth } from '../runtime/workflow-health.js';
import type { CompletionBoard } from './completion-board.js';
import type { ExecutionStore } from './execution-store.port.js';

/** Executions one question asks for at most. */
const LARGEST_QUESTION = 200;

/** Milliseconds between two looks for all that is awaited, however often somebody asks for one. */
const LOOK_WINDOW = 50;

/** How much rarer the poll is while ends are told. */
const PATIENCE = 10;

/**
 * Finds the ends of executions that are awaited here and run by another process: at once when told
 * of one, and by a poll behind that.
 */
export class ResultPoll {
  private cancelPoll: CancelTimer = () => undefined;
  private cancelLook: CancelTimer | undefined;
  private stopped = false;
  private often = true;
  private lookedAt = -Infinity;
  private asking = false;
  private questions = new Map<string, ExecutionKey>();

  constructor(
    private readonly store: ExecutionStore,
    private readonly board: CompletionBoard,
    private readonly engine: ExecutionEngine,
    private readonly clock: Clock,
    private readonly random: Random,
    private readonly log: EngineLog,
    private readonly health: WorkflowHealth,
    /** Milliseconds. */
    private readonly interval: number,
  ) {}

  start(): void {
    this.cancelPoll();
    // Spread, so that processes that were started together do not ask together.
    const delay = this.interval * (this.often ? 1 : PATIENCE) * (0.75 + this.random.next() / 2);
    this.cancelPoll = this.clock.schedule(delay, () => {
      void this.look().finally(() => {
        if (!this.stopped) this.start();
      });
    });
  }

  stop(): void {
    this.stopped = true;
    this.cancelPoll();
    this.cancelLook?.();
  }

  /** Whether nobody tells of ends, so that the poll has to find them all. */
  pollOften(often: boolean): void {
    if (this.often === often || this.stopped) return;
    this.often = often;
    this.start();
  }

  /** Whether an execution is awaited here that does not run here. */
  awaitsElsewhere(): boolean {
    return this.board.awaited().some((key) => !this.engine.holds(key));
  }

  /** These have ended; those among them that are awaited here are read. */
  ended(keys: readonly ExecutionKey[]): void {
    const awaited = keys.filter((key) => this.board.isAwaited(key));
    if (awaited.length > 0) void this.ask(awaited);
  }

  /** Something that is awaited here may have ended. */
  lookSoon(): void {
    if (this.cancelLook || this.stopped) return;
    const delay = Math.max(0, this.lookedAt + LOOK_WINDOW - this.clock.monotonic());
    this.cancelLook = this.clock.schedule(delay, () => {
      this.cancelLook = undefined;
      void this.look();
    });
  }

  private look(): Promise<void> {
    this.lookedAt = this.clock.monotonic();
    return this.ask(this.board.awaited().filter((key) => !this.engine.holds(key)));
  }

  /** What comes while a question is open shares the next one. */
  private async ask(keys: readonly ExecutionKey[]): Promise<void> {
    for (const key of keys) this.questions.set(`${key.tenantId} ${key.executionId}`, key);
    if (this.asking) return;
    this.asking = true;
    try {
      while (this.questions.size > 0 && !this.stopped) {
        const ended = await this.store.findEnded(this.nextQuestion());
        for (const snapshot of ended) this.board.announce(snapshot);
      }
      this.health.works('results');
    } catch (cause) {
      this.questions.clear();
      const message = 'The database does not tell results of other processes.';
      if (this.health.failed('results', message, cause)) {
        this.log.warn({ code: 'STORE_UNAVAILABLE', message, cause });
      }
    } finally {
      this.asking = false;
    }
  }

  private nextQuestion(): ExecutionKey[] {
    const asked = [...this.questions].slice(0, LARGEST_QUESTION);
    for (const [name] of asked) this.questions.delete(name);
    return asked.map(([, key]) => key);
  }
}
