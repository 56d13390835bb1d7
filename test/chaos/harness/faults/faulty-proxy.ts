import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

interface Link {
  readonly client: Socket;
  readonly server: Socket;
  swallowing: boolean;
}

/** Which links a fault strikes. */
type Choice = () => boolean;

/** Stands between the workers and the server, and does to their links what networks do. */
export class FaultyProxy {
  private readonly links = new Set<Link>();

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

  async close(): Promise<void> {
    this.cut(() => true);
    await new Promise<void>((resolve) => this.listener.close(() => resolve()));
  }

  private join(client: Socket): void {
    const server = connect(this.target);
    const link: Link = { client, server, swallowing: false };
    this.links.add(link);
    client.on('data', (chunk: Buffer) => server.write(chunk));
    server.on('data', (chunk: Buffer) => {
      if (!link.swallowing) client.write(chunk);
    });
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.on('close', () => this.drop(link));
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
