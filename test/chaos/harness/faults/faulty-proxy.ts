import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

interface Link {
  readonly client: Socket;
  readonly server: Socket;
  swallowing: boolean;
  /** Breaks as soon as the server has answered what it is about to hear. */
  doomed: boolean;
}

/** Somebody who waits for a message of a client, and strikes when it comes. */
interface Ambush {
  readonly message: RegExp;
  readonly struck: () => void;
}

/** Which links a fault strikes. */
type Choice = () => boolean;

/** Stands between the workers and the server, and does to their links what networks do. */
export class FaultyProxy {
  private readonly links = new Set<Link>();
  private readonly ambushes = new Set<Ambush>();

  private constructor(
    private readonly listener: Server,
    private readonly target: { readonly host: string; readonly port: number },
  ) {
    listener.on('connection', (client) => this.join(client));
  }

  static async open(target: {
    readonly host: string;
    readonly port: number;
  }): Promise<FaultyProxy> {
    const listener = createServer();
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    return new FaultyProxy(listener, target);
  }

  get port(): number {
    return (this.listener.address() as AddressInfo).port;
  }

  /** Breaks links in the middle of whatever they carry. */
  cut(chosen: Choice): void {
    for (const link of this.choose(chosen)) this.drop(link);
  }

  /** Lets nothing through until the answer is called. */
  hold(chosen: Choice): () => void {
    const held = this.choose(chosen).flatMap(({ client, server }) => [client, server]);
    for (const socket of held) socket.pause();
    return () => {
      for (const socket of held) socket.resume();
    };
  }

  /** The server hears everything; its answers are lost, and the link breaks when the answer is called. */
  swallowReplies(chosen: Choice): () => void {
    const deaf = this.choose(chosen);
    for (const link of deaf) link.swallowing = true;
    return () => {
      for (const link of deaf) this.drop(link);
    };
  }

  /**
   * Waits for a message of any client. The server obeys it, but its answer is lost, and the link with
   * it. Answers whether there was such a message in time.
   */
  async loseAnswerTo(message: RegExp, patience: number): Promise<boolean> {
    let cancel = (): void => undefined;
    const struck = new Promise<boolean>((resolve) => {
      const ambush: Ambush = { message, struck: () => resolve(true) };
      this.ambushes.add(ambush);
      const timer = setTimeout(() => resolve(false), patience);
      cancel = () => {
        clearTimeout(timer);
        this.ambushes.delete(ambush);
      };
    });
    const answer = await struck;
    cancel();
    return answer;
  }

  async close(): Promise<void> {
    this.cut(() => true);
    await new Promise<void>((resolve) => this.listener.close(() => resolve()));
  }

  private join(client: Socket): void {
    const server = connect(this.target);
    const link: Link = { client, server, swallowing: false, doomed: false };
    this.links.add(link);
    client.on('data', (chunk: Buffer) => {
      this.doom(link, chunk);
      server.write(chunk);
    });
    server.on('data', (chunk: Buffer) => {
      if (link.doomed) this.drop(link);
      else if (!link.swallowing) client.write(chunk);
    });
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.on('close', () => this.drop(link));
    }
  }

  private doom(link: Link, chunk: Buffer): void {
    if (this.ambushes.size === 0) return;
    const text = chunk.toString('latin1');
    for (const ambush of this.ambushes) {
      if (!ambush.message.test(text)) continue;
      link.doomed = true;
      this.ambushes.delete(ambush);
      ambush.struck();
      return;
    }
  }

  private drop(link: Link): void {
    this.links.delete(link);
    link.client.destroy();
    link.server.destroy();
  }

  private choose(chosen: Choice): Link[] {
    return [...this.links].filter(chosen);
  }
}
