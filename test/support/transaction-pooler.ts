import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { PostgresServer } from './embedded-postgres.js';
import { integers, messageOf, PostgresMessages, texts } from './postgres-messages.js';

/** The database that a pooler stands before. */
type PooledDatabase = Awaited<ReturnType<PostgresServer['database']>>;

const PROTOCOL = 196_608;
const CLEARTEXT_PASSWORD = 3;

/** What a client may say of its session; anything else would have to follow it from one to the next. */
const KEPT_PARAMETERS = new Set(['user', 'database', 'client_encoding', 'application_name']);

/** A connection to the server that clients share. */
class SharedSession {
  /** Told of each message, and whether no transaction is open after it. */
  onAnswer: ((message: Buffer, idle: boolean) => void) | undefined;

  private constructor(readonly socket: Socket) {}

  static async open({
    port,
    username,
    password,
    database,
  }: PooledDatabase): Promise<SharedSession> {
    const session = new SharedSession(connect(Number(port), '127.0.0.1'));
    const { socket } = session;
    const ready = new Promise<void>((resolve) => {
      const messages = new PostgresMessages(true);
      socket.on('data', (chunk) => {
        for (const { kind, bytes } of messages.read(chunk)) {
          if (kind === 'R' && bytes.readInt32BE(5) === CLEARTEXT_PASSWORD) {
            socket.write(messageOf('p', texts(String(password))));
          }
          const idle = kind === 'Z' && bytes.toString('latin1', 5) === 'I';
          session.onAnswer?.(bytes, idle);
          if (idle) resolve();
        }
      });
    });
    socket.setNoDelay(true);
    await once(socket, 'connect');
    const parameters = texts('user', String(username), 'database', String(database), '');
    socket.write(messageOf('', Buffer.concat([integers(PROTOCOL), parameters])));
    await ready;
    return session;
  }
}

/**
 * A pooler that shares connections by transaction, as PgBouncer does: whoever speaks gets one until
 * nothing is open on it. What was left behind on it, a prepared statement or a subscription, is not on
 * the next.
 */
export class TransactionPooler {
  private readonly clients = new Set<Socket>();
  private readonly waiting: ((session: SharedSession) => void)[] = [];

  private constructor(
    private readonly server: Server,
    private readonly sessions: readonly SharedSession[],
    /** The one that has been free for longest is next. */
    private readonly free: SharedSession[],
    private readonly strict: boolean,
  ) {
    server.on('connection', (client: Socket) => this.serve(client));
  }

  /** @param strict refuses settings of sessions, as PgBouncer does unless it is told to ignore them */
  static async open(
    to: PooledDatabase,
    { connections, strict }: { readonly connections: number; readonly strict: boolean },
  ): Promise<TransactionPooler> {
    const opening = Array.from({ length: connections }, () => SharedSession.open(to));
    const sessions = await Promise.all(opening);
    const server = createServer({ noDelay: true });
    const pooler = new TransactionPooler(server, sessions, [...sessions], strict);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return pooler;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  close(): void {
    this.server.close();
    for (const client of this.clients) client.destroy();
    for (const { socket } of this.sessions) socket.destroy();
  }

  private serve(client: Socket): void {
    this.clients.add(client);
    client.on('close', () => this.clients.delete(client));
    client.on('error', () => client.destroy());
    const messages = new PostgresMessages(false);
    const unsent: Buffer[] = [];
    let session: SharedSession | undefined;
    const begin = (given: SharedSession): void => {
      session = given;
      given.onAnswer = (message, idle) => {
        client.write(message);
        if (!idle) return;
        session = undefined;
        this.giveBack(given);
      };
      for (const message of unsent.splice(0)) given.socket.write(message);
    };
    client.on('data', (chunk) => {
      for (const { kind, bytes } of messages.read(chunk)) {
        if (kind === '') this.greet(client, bytes);
        else if (kind === 'X') client.end();
        else if (session) session.socket.write(bytes);
        else if (unsent.push(bytes) === 1) this.take(begin);
      }
    });
  }

  private greet(client: Socket, startup: Buffer): void {
    const said = startup.toString('utf8', 8).split('\0');
    const refused = said.filter((_, index) => index % 2 === 0).find(isForeign);
    if (this.strict && refused !== undefined) {
      const message = `unsupported startup parameter: ${refused}`;
      client.end(messageOf('E', texts('SFATAL', 'C08P01', `M${message}`, '')));
      return;
    }
    client.write(messageOf('R', integers(0)));
    client.write(messageOf('Z', Buffer.from('I')));
  }

  private take(use: (session: SharedSession) => void): void {
    const session = this.free.shift();
    if (session) use(session);
    else this.waiting.push(use);
  }

  private giveBack(session: SharedSession): void {
    session.onAnswer = undefined;
    const next = this.waiting.shift();
    if (next) next(session);
    else this.free.push(session);
  }
}

const isForeign = (parameter: string): boolean =>
  parameter !== '' && !KEPT_PARAMETERS.has(parameter);
