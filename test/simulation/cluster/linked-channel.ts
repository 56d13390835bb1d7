import {
  ProcessChannel,
  type ChannelListener,
} from '../../../libs/workflow/src/dispatch/process-channel.port.js';
import type { Life } from './life.js';
import type { Link, Network } from './link.js';
import { ServerError } from './database.js';

/** What the processes of a run say to each other. Whatever is said may be lost on its way to anybody. */
export class LinkedChannel extends ProcessChannel {
  override readonly longestMessage = 7_000;
  private listener: ChannelListener | undefined;

  constructor(
    private readonly life: Life,
    private readonly link: Link,
    private readonly network: Network,
  ) {
    super();
  }

  override open(listener: ChannelListener): void {
    const { channels } = this.network;
    this.listener = listener;
    channels.add(this);
    this.life.onDeath.push(() => channels.delete(this));
    this.life.after(this.network.plan.latency, () => listener.subscribed());
  }

  override send(messages: readonly string[]): Promise<void> {
    const { network, link, life } = this;
    return new Promise((resolve, reject) => {
      if (link.cut) {
        const broken = new ServerError('ECONNRESET', 'connection reset');
        life.after(network.plan.unit, () => reject(broken));
        return;
      }
      for (const message of messages) {
        for (const channel of network.channels) channel.carry(message);
      }
      life.after(network.plan.latency, resolve);
    });
  }

  override probe(message: string): Promise<void> {
    return this.send([message]);
  }

  override resubscribe(cause: Error): void {
    const { listener } = this;
    listener?.lost(cause);
    this.life.after(this.network.plan.unit, () => listener?.subscribed());
  }

  override close(): Promise<void> {
    this.network.channels.delete(this);
    return Promise.resolve();
  }

  private carry(message: string): void {
    const { chance, plan, healed } = this.network;
    const isLost = !healed && chance.happens(plan.callFaults['lost-message'] ?? 0);
    if (isLost || this.link.cut) return;
    this.life.after(plan.latency, () => this.listener?.heard(message));
  }
}
