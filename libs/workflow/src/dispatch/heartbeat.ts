import type { EngineLog } from '../engine/engine.port.js';
import type { ExecutionEngine } from '../engine/execution-engine.js';
import { backoff } from '../runtime/backoff.js';
import type { CancelTimer, Clock } from '../runtime/clock.js';
import type { Random } from '../runtime/random.js';
import type { WorkflowHealth } from '../runtime/workflow-health.js';
import type { TaskQueue } from './task-queue.port.js';

/** Milliseconds between a renewal that failed and the next one, at least. */
const SHORTEST_BACKOFF = 50;

/**
 * Renews the leases of everything this worker runs, in one statement a third of a lease. What comes
 * back as lost is stopped at once; without an answer for two thirds of a lease, everything is: by the
 * time others take over, nothing of it runs here. Safety does not depend on this, only the fence does.
 */
export class Heartbeat {
  private cancel: CancelTimer = () => undefined;
  private asking = false;
  private stopped = false;
  /** Renewals in a row that failed. */
  private failures = 0;
  /** Monotonic milliseconds at which the last answered renewal was sent. */
  private renewedAt = -Infinity;

  constructor(
    private readonly queue: TaskQueue,
    private readonly engine: ExecutionEngine,
    private readonly clock: Clock,
    private readonly random: Random,
    private readonly log: EngineLog,
    private readonly health: WorkflowHealth,
    private readonly workerId: string,
  ) {}

  start(): void {
    const { lease } = this.queue;
    if (lease !== undefined) this.schedule(lease, lease / 3);
  }

  stop(): void {
    this.stopped = true;
    this.cancel();
  }

  private schedule(lease: number, delay: number): void {
    this.cancel();
    if (this.stopped) return;
    this.cancel = this.clock.schedule(delay, () => {
      this.schedule(lease, lease / 3);
      this.giveUpStale(lease);
      if (!this.asking) void this.renew(lease);
    });
  }

  private giveUpStale(lease: number): void {
    const latest = this.clock.monotonic() - (lease * 2) / 3;
    for (const task of this.engine.held()) {
      if (Math.max(task.since, this.renewedAt) < latest) this.engine.fence(task);
    }
  }

  private works(): void {
    this.failures = 0;
    this.health.works('heartbeat');
  }

  private async renew(lease: number): Promise<void> {
    const held = this.engine.held();
    if (held.length === 0) {
      this.works();
      return;
    }
    this.asking = true;
    const sentAt = this.clock.monotonic();
    try {
      const lost = await this.queue.extend(this.workerId, held);
      this.renewedAt = sentAt;
      this.works();
      for (const task of lost) this.engine.fence(task);
    } catch (cause) {
      const message = 'The database does not renew leases.';
      if (this.health.failed('heartbeat', message, cause)) {
        this.log.warn({ code: 'STORE_UNAVAILABLE', message, cause });
      }
      // Soon: one answer that fails must not cost what the next one would keep.
      this.failures += 1;
      const range = { shortest: SHORTEST_BACKOFF, longest: lease / 3 };
      this.schedule(lease, backoff(this.failures, range, this.random));
    } finally {
      this.asking = false;
    }
  }
}
