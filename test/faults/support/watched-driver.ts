import { Client, Pool, type ClientConfig, type PoolConfig } from 'pg';

/** A statement that is about to be sent. */
export interface Sending {
  readonly sql: string;
  /** The backend that would get it. */
  readonly pid: number;
  /** Resolves when the connection is closed. */
  readonly closed: Promise<void>;
}

type Query = (...given: readonly unknown[]) => Promise<unknown>;

/**
 * The driver of a DataSource, whose statements ask before they are sent: what is thrown then is
 * what the driver would have said.
 */
export class WatchedDriver {
  before: (sending: Sending) => Promise<void> | void = () => undefined;
  /** Called when a statement was answered; the answer is not heard before it has resolved. */
  after: (sent: Sending) => Promise<void> | void = () => undefined;
  onFailure: (error: unknown) => void = () => undefined;
  readonly Pool: typeof Pool;
  private waiting = 0;

  /** Statements without an answer at this moment. */
  get unanswered(): number {
    return this.waiting;
  }

  /** @param enginePort where the engine finds the server, when it shall pass a proxy by */
  constructor(enginePort?: number) {
    const ask = (sending: Sending): Promise<void> | void => this.before(sending);
    const pass = (sent: Sending): Promise<void> | void => this.after(sent);
    const tell = (error: unknown): void => this.onFailure(error);
    const expectAnswers = (change: 1 | -1): void => {
      this.waiting += change;
    };
    const send = Client.prototype.query as unknown as Query;

    class WatchedClient extends Client {
      constructor(config?: ClientConfig) {
        super(config);
        const closed = new Promise<void>((resolve) => this.once('end', () => resolve()));
        const { pidOf } = WatchedClient;
        this.query = (async (...given: readonly unknown[]) => {
          const statement = { sql: textOf(given[0]), pid: pidOf(this), closed };
          expectAnswers(1);
          try {
            await ask(statement);
            const answer = await send.call(this, ...given);
            await pass(statement);
            return answer;
          } catch (error) {
            tell(error);
            throw error;
          } finally {
            expectAnswers(-1);
          }
        }) as unknown as typeof this.query;
      }

      private static pidOf(client: unknown): number {
        return (client as { processID: number }).processID;
      }
    }

    this.Pool = class extends Pool {
      constructor(config?: PoolConfig) {
        // The engine bounds its statements; the application of these tests does not.
        const elsewhere = config?.statement_timeout === undefined ? undefined : enginePort;
        super({
          ...config,
          ...(elsewhere === undefined ? {} : { port: elsewhere }),
          Client: WatchedClient,
        });
      }
    };
  }
}

const textOf = (asked: unknown): string =>
  typeof asked === 'string' ? asked : String((asked as { text?: unknown }).text);
