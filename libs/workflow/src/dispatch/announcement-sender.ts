import type { ExecutionKey } from '../engine/journal.port.js';
import type { CancelTimer, Clock } from '../runtime/clock.js';
import { AnnouncementBatch } from './announcement-batch.js';
import type { Announcement } from './announcement.js';
import type { ProcessChannel } from './process-channel.port.js';

/** Milliseconds between two statements; what is said after a longer silence is sent at once. */
const TICK = 20;

/** Milliseconds between attempts while nothing can be sent. */
const LONGEST_PAUSE = 5_000;

/** Milliseconds the last statement has. */
const LAST_WORD = 1_000;

/** Gathers what is said for a short time, and sends it in one statement. */
export class AnnouncementSender {
  private readonly batch: AnnouncementBatch;
  private subscribed = false;
  private cancel: CancelTimer | undefined;
  private sending: Promise<void> | undefined;
  private sentAt = -Infinity;
  private failures = 0;

  constructor(
    sender: string,
    private readonly channel: ProcessChannel,
    private readonly clock: Clock,
    /** Something that was said has not been sent. */
    private readonly onLoss: () => void,
  ) {
    this.batch = new AnnouncementBatch(sender, channel.longestMessage);
  }

  say(announcement: Exclude<Announcement, { kind: 'ended' }>): void {
    this.batch.add(announcement);
    this.schedule();
  }

  sayEnded(key: ExecutionKey): void {
    this.batch.addEnd(key);
    this.schedule();
  }

  resume(): void {
    this.subscribed = true;
    this.failures = 0;
    this.schedule();
  }

  /** What is said now is sent after the next subscription. */
  pause(): void {
    this.subscribed = false;
    this.cancel?.();
    this.cancel = undefined;
  }

  /** Sends what is left, if that is quick. */
  async close(): Promise<void> {
    const { subscribed } = this;
    this.pause();
    if (!subscribed) return;
    let cancel: CancelTimer = () => undefined;
    const expired = new Promise<void>((resolve) => {
      cancel = this.clock.schedule(LAST_WORD, resolve);
    });
    await Promise.race([this.sendRest(), expired]);
    cancel();
  }

  private async sendRest(): Promise<void> {
    await this.sending;
    if (!this.batch.isEmpty) await this.send();
  }

  private schedule(): void {
    if (!this.subscribed || this.cancel || this.sending || this.batch.isEmpty) return;
    const pause = Math.min(LONGEST_PAUSE, TICK * 2 ** this.failures);
    const delay = Math.max(0, this.sentAt + pause - this.clock.monotonic());
    this.cancel = this.clock.schedule(delay, () => {
      this.cancel = undefined;
      this.sending = this.send().finally(() => {
        this.sending = undefined;
        this.schedule();
      });
    });
  }

  private async send(): Promise<void> {
    this.sentAt = this.clock.monotonic();
    try {
      await this.channel.send(this.batch.take());
      this.failures = 0;
    } catch {
      // Nobody depends on it: who has not heard it looks for himself. But what is lost is said.
      this.failures += 1;
      this.batch.forgetEnds();
      this.onLoss();
    }
  }
}
