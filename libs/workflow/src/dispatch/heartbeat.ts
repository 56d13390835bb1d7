import type { EngineLog } from '../engine/engine.port.js';
import type { ExecutionEngine } from '../engine/execution-engine.js';
import type { CancelTimer, Clock } from '../runtime/clock.js';
import type { WorkflowHealth } from '../runtime/workflow-health.js';
import type { TaskQueue } from './task-queue.port.js';

/**
 * Renews the leases of everything this worker runs, in one statement a third of a lease. What comes
 * back as lost is stopped at once; without an answer for two thirds of a lease, everything is: by the
 * time others take over, nothing of it runs here. Safety does not depend on this, only the fence does.
 */
export class Heartbeat {
  private cancel: CancelTimer = () => undefined;
  private asking = false;
  /** Monotonic milliseconds at which the last answered renewal was sent. */
  private renewedAt = -Infinity;

  constructor(
    private readonly queue: TaskQueue,
    private readonly engine: ExecutionEngine,
    private readonly clock: Clock,
    private readonly log: EngineLog,
    private readonly health: WorkflowHealth,
    private readonly workerId: string,
  ) {}

  start(): void {
    const { lease } = this.queue;
    if (lease !== undefined) this.schedule(lease);
  }

  stop(): void {
    this.cancel();
  }

  private schedule(lease: number): void {
    this.cancel = this.clock.schedule(lease / 3, () => {
      this.schedule(lease);
      this.giveUpStale(lease);
      if (!this.asking) void this.renew();
    });
  }

  private giveUpStale(lease: number): void {
    const latest = this.clock.monotonic() - (lease * 2) / 3;
    for (const task of this.engine.held()) {
      if (Math.max(task.since, this.renewedAt) < latest) this.engine.fence(task);
    }
  }

  private async renew(): Promise<void> {
    const held = this.engine.held();
    if (held.length === 0) return;
    this.asking = true;
    const sentAt = this.clock.monotonic();
    try {
      const lost = await this.queue.extend(this.workerId, held);
      this.renewedAt = sentAt;
      this.health.works('heartbeat');
      for (const task of lost) this.engine.fence(task);
    } catch (cause) {
      const message = 'The database does not renew leases.';
      if (this.health.failed('heartbeat', message)) {
        this.log.warn({ code: 'STORE_UNAVAILABLE', message, cause });
      }
    } finally {
      this.asking = false;
    }
  }
}
