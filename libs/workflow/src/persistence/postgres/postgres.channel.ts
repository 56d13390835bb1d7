import { ProcessChannel, type ChannelListener } from '../../dispatch/process-channel.port.js';
import type { CancelTimer, Clock } from '../../runtime/clock.js';
import type { Random } from '../../runtime/random.js';
import { isConnectionLost } from '../transient-faults.js';
import type { Pool, PoolClient } from './connection-pool.js';

/** PostgreSQL takes payloads of less than 8,000 bytes. */
const LONGEST_MESSAGE = 7_900;

/** Milliseconds between attempts to subscribe, doubled each time. */
const SHORTEST_PAUSE = 250;
const LONGEST_PAUSE = 30_000;

/**
 * A message need not outlive a crash of the server, so nobody waits for its disk. Only here: a setting of
 * the session would stay on it, and behind a pooler the next commit on it is somebody else's.
 */
const NOTIFY = `
  SELECT set_config('synchronous_commit', 'off', true), pg_notify($1, m) FROM unnest($2::text[]) m`;

/** Messages as notifications of PostgreSQL: sent outside every transaction, heard on a session of its own. */
export class PostgresChannel extends ProcessChannel {
  override readonly longestMessage = LONGEST_MESSAGE;
  private listener: ChannelListener | undefined;
  /** A connection that is taken out of the pool, until it is given up. */
  private session: PoolClient | undefined;
  private subscribing: Promise<void> = Promise.resolve();
  private closed = false;
  private failures = 0;
  private cancelRetry: CancelTimer = () => undefined;

  constructor(
    private readonly name: string,
    private readonly pool: Pool,
    private readonly clock: Clock,
    private readonly random: Random,
  ) {
    super();
  }

  override open(listener: ChannelListener): void {
    this.listener = listener;
    this.subscribing = this.subscribe(listener);
  }

  override async send(messages: readonly string[]): Promise<void> {
    const { session } = this;
    if (!session) throw new Error('There is no subscription.');
    try {
      await session.query({ text: NOTIFY, values: [this.name, messages] });
    } catch (error) {
      if (isConnectionLost(error)) this.lose(session, error);
      throw error;
    }
  }

  override async probe(message: string): Promise<void> {
    const client = await this.pool.connect();
    try {
      await client.query({ text: 'SELECT pg_notify($1, $2)', values: [this.name, message] });
      client.release();
    } catch (error) {
      client.release(true);
      throw error;
    }
  }

  override resubscribe(cause: Error): void {
    if (this.session) this.lose(this.session, cause);
  }

  override async close(): Promise<void> {
    this.closed = true;
    this.cancelRetry();
    this.drop();
    await this.subscribing;
    this.drop();
  }

  private async subscribe(listener: ChannelListener): Promise<void> {
    let session: PoolClient | undefined;
    try {
      session = await this.pool.connect();
      const opened = session;
      this.session = opened;
      opened.on('notification', ({ payload = '' }) => listener.heard(payload));
      opened.on('error', (cause) => this.lose(opened, cause));
      opened.on('end', () => this.lose(opened, new Error('The connection was closed.')));
      await opened.query({ text: `LISTEN "${this.name}"`, values: [] });
      if (this.session !== opened || this.closed) return;
      this.failures = 0;
      listener.subscribed();
    } catch (cause) {
      if (session) this.lose(session, cause);
      else this.tryAgain(cause);
    }
  }

  private lose(session: PoolClient, cause: unknown): void {
    if (this.session !== session) return;
    this.drop();
    this.tryAgain(cause);
  }

  private drop(): void {
    const { session } = this;
    this.session = undefined;
    session?.release(true);
  }

  private tryAgain(cause: unknown): void {
    if (this.closed) return;
    this.listener?.lost(cause);
    this.failures += 1;
    const pause = Math.min(LONGEST_PAUSE, SHORTEST_PAUSE * 2 ** (this.failures - 1));
    this.cancelRetry = this.clock.schedule(pause * (0.5 + this.random.next() / 2), () => {
      if (this.listener) this.open(this.listener);
    });
  }
}
