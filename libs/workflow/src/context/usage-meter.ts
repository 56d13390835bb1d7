import { AsyncLocalStorage } from 'node:async_hooks';
import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { StepUsage } from './performance-metrics.js';

/** Channels on which Node announces a request that leaves the process. */
const OUTGOING_REQUESTS = ['http.client.request.start', 'undici:request:create'];

const MICROSECONDS = 1000;

/** Milliseconds of real time in which the CPU clock is not read again: it costs a call of the system. */
const RESOLUTION = 1;

/**
 * Counts what the steps of this application use. Follows the asynchronous context of each step, so
 * a query or a request counts for the step that caused it, however deep in a service.
 */
export class UsageMeter {
  private readonly current = new AsyncLocalStorage<StepUsage>();
  /** Kept, because Node forgets a channel that nobody refers to, and its subscribers with it. */
  private readonly channels = OUTGOING_REQUESTS.map((name) => channel(name));
  private running = 0;
  private lastReading = 0;
  private readAt = -Infinity;
  /** Milliseconds of CPU that one running step would have been charged since the start. */
  private share = 0;

  private readonly countCall = (): void => {
    const usage = this.current.getStore();
    if (usage) usage.apiCalls += 1;
  };

  start(): void {
    for (const { name } of this.channels) subscribe(name, this.countCall);
  }

  stop(): void {
    for (const { name } of this.channels) unsubscribe(name, this.countCall);
  }

  countQuery(): void {
    const usage = this.current.getStore();
    if (usage) usage.databaseQueries += 1;
  }

  /** Runs `work` on the account of `usage`. */
  run<T>(usage: StepUsage, work: () => T): T {
    return this.current.run(usage, work);
  }

  /** Charges CPU to `usage` until the returned function is called. */
  chargeCpu(usage: StepUsage): () => void {
    this.read();
    this.running += 1;
    const before = this.share;
    let charged = false;
    return () => {
      if (charged) return;
      charged = true;
      this.read();
      this.running -= 1;
      usage.cpuUsage += this.share - before;
    };
  }

  /** The process has one CPU clock; what it shows is split evenly among the steps that run. */
  private read(): void {
    const at = performance.now();
    if (at - this.readAt < RESOLUTION) return;
    this.readAt = at;
    const { user, system } = process.cpuUsage();
    const reading = (user + system) / MICROSECONDS;
    if (this.running > 0) this.share += (reading - this.lastReading) / this.running;
    this.lastReading = reading;
  }
}
