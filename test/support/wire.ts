import {
  ProcessChannel,
  type ChannelListener,
} from '../../libs/workflow/src/dispatch/process-channel.port.js';

/** Carries messages between processes of a test, and can be cut. */
export class Wire {
  /** What was sent, a list for each statement. */
  readonly statements: (readonly string[])[] = [];
  readonly channels: WireChannel[] = [];
  /** Nothing can be sent, as when the queue of the database is full. */
  full = false;

  get messages(): readonly string[] {
    return this.statements.flat();
  }

  /** Kinds of messages that one process has sent. */
  saidBy(sender: string): string[] {
    return this.messages
      .map((message) => message.split(' '))
      .filter(([, from]) => from === sender)
      .map(([kind]) => String(kind));
  }

  carry(messages: readonly string[]): Promise<void> {
    if (this.full) return Promise.reject(new Error('too many notifications in the NOTIFY queue'));
    this.statements.push(messages);
    for (const channel of this.channels) for (const message of messages) channel.take(message);
    return Promise.resolve();
  }

  channel(): WireChannel {
    const channel = new WireChannel(this);
    this.channels.push(channel);
    return channel;
  }
}

/** One end of the wire. */
export class WireChannel extends ProcessChannel {
  override readonly longestMessage = 7_900;
  resubscriptions = 0;
  private listener: ChannelListener | undefined;
  private waiting: string[] | undefined;
  private subscribed = false;
  private deaf = false;

  constructor(private readonly wire: Wire) {
    super();
  }

  override open(listener: ChannelListener): void {
    this.listener = listener;
    this.subscribe();
  }

  override send(messages: readonly string[]): Promise<void> {
    return this.subscribed ? this.wire.carry(messages) : Promise.reject(new Error('lost'));
  }

  override probe(message: string): Promise<void> {
    return this.wire.carry([message]);
  }

  override resubscribe(cause: Error): void {
    this.resubscriptions += 1;
    this.cut(cause);
    this.deaf = false;
    this.subscribe();
  }

  override close(): Promise<void> {
    this.subscribed = false;
    return Promise.resolve();
  }

  subscribe(): void {
    this.subscribed = true;
    this.listener?.subscribed();
  }

  cut(cause = new Error('The connection was closed.')): void {
    this.subscribed = false;
    this.listener?.lost(cause);
  }

  /** Subscribed, but nothing arrives, as behind a pooler. */
  deafen(deaf = true): void {
    this.deaf = deaf;
  }

  /** Messages stay under way until they are let through. */
  hold(): void {
    this.waiting = [];
  }

  letThrough(): void {
    const waiting = this.waiting ?? [];
    this.waiting = undefined;
    for (const message of waiting) this.take(message);
  }

  take(message: string): void {
    if (!this.subscribed || this.deaf) return;
    if (this.waiting) this.waiting.push(message);
    else this.listener?.heard(message);
  }
}
