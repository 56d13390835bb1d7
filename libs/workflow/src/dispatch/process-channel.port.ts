/** What comes out of a channel. */
export interface ChannelListener {
  /** From now on, what is sent is heard here. What was sent before may be lost. */
  subscribed(): void;
  heard(message: string): void;
  /** Nothing is heard any more; the channel is trying to subscribe again. */
  lost(cause: unknown): void;
}

/**
 * Carries short messages between the processes of one database. Nothing is promised: a message may
 * be lost, and only its order among those of one sender is kept.
 */
export abstract class ProcessChannel {
  /** Bytes a message may have. */
  abstract readonly longestMessage: number;

  /** Subscribes, and again whenever the subscription is lost. */
  abstract open(listener: ChannelListener): void;

  /** Sends to everybody who is subscribed, this process too. Rejects without a subscription. */
  abstract send(messages: readonly string[]): Promise<void>;

  /** Sends on another connection than the one that listens: only a true subscription hears it. */
  abstract probe(message: string): Promise<void>;

  /** Gives up a subscription on which nothing is heard. */
  abstract resubscribe(cause: Error): void;

  /** Resolves when nothing of the channel is left. */
  abstract close(): Promise<void>;
}
