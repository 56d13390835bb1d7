import { request, type IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:net';

/** What a response to a request of ours looks like, as far as tests read it. */
export interface Envelope {
  readonly success: boolean;
  readonly message: string;
  readonly statusCode: number;
  readonly data?: unknown;
  readonly errors?: readonly {
    readonly code: string;
    readonly message: string;
    readonly details?: Record<string, unknown>;
    readonly stepId?: string;
    readonly retryable: boolean;
    readonly timestamp: string;
  }[];
  readonly metadata?: {
    readonly executionId: string;
    readonly steps: readonly Record<string, unknown>[];
    readonly tenantContext: Record<string, unknown>;
  };
  readonly degraded?: boolean;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body, when it is JSON; else an object without anything. */
  readonly body: Envelope;
}

export interface Sending {
  readonly method?: string;
  /** Pairs, so that a header can be sent twice. */
  readonly headers?: readonly (readonly [string, string])[];
  /** Sent as JSON; a string or bytes are sent as they are. */
  readonly body?: unknown;
}

/** Sends a request as it is, with headers `fetch` would merge or refuse. */
export function send(base: string, path: string, sending: Sending = {}): Promise<Answer> {
  const { headers = [], body } = sending;
  const method = sending.method ?? (body === undefined ? 'GET' : 'POST');
  const payload = payloadOf(body);
  const named = new Set(headers.map(([name]) => name.toLowerCase()));
  const all = [
    ...headers,
    ...(payload === undefined
      ? method === 'GET' || method === 'HEAD'
        ? []
        : [['content-length', '0'] as const]
      : [
          ...(named.has('content-type') ? [] : [['content-type', 'application/json'] as const]),
          ['content-length', String(payload.length)] as const,
        ]),
  ];
  return new Promise((resolve, reject) => {
    const { host, hostname, port } = new URL(base);
    const outgoing = request(
      { hostname, port, path, method, agent: false, headers: [...all, ['host', host]].flat() },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          const { statusCode = 0, headers: received } = incoming;
          resolve({ status: statusCode, headers: received, text, body: bodyOf(text) });
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(payload);
  });
}

/** Writes bytes no HTTP client would write, and reads until the server closes the connection. */
export function sendRaw(base: string, bytes: string): Promise<{ status: number; text: string }> {
  const { hostname, port } = new URL(base);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(Number(port), hostname, () => socket.write(bytes, 'latin1'));
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('error', reject);
    socket.on('close', () => {
      const text = Buffer.concat(chunks).toString();
      resolve({ status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1]), text });
    });
  });
}

function payloadOf(body: unknown): Buffer | undefined {
  if (body === undefined) return undefined;
  if (Buffer.isBuffer(body)) return body;
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}

function bodyOf(text: string): Envelope {
  try {
    return JSON.parse(text) as Envelope;
  } catch {
    return {} as Envelope;
  }
}
