import { API_KEY_OWNERS } from '../configuration/api-key-owners.js';
import { summaryOf, type Envelope } from './envelope.js';
import type { Narrator } from './narrator.js';

export type TenantId = keyof typeof API_KEY_OWNERS;

/** Something to ask the demo for. */
export interface DemoRequest {
  readonly path: string;
  /** Whose key to send; without it, none. */
  readonly tenant?: TenantId;
  /** With a body it is a POST, else a GET. */
  readonly body?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface DemoAnswer {
  readonly status: number;
  readonly envelope: Envelope;
  /** Of the `X-Workflow-Id` header. */
  readonly executionId: string | undefined;
  /** The body as it came. */
  readonly text: string;
}

/** Speaks HTTP with the demo, aloud. */
export class DemoClient {
  constructor(
    private readonly baseUrl: () => string,
    private readonly narrator: Narrator,
  ) {}

  async send(request: DemoRequest): Promise<DemoAnswer> {
    this.narrator.request(lineOf(request));
    const answer = await this.exchange(request);
    this.narrator.answer(`${answer.status} ${summaryOf(answer.envelope)}`);
    return answer;
  }

  /** The answer, or nothing when the connection broke before it came. */
  async sendUnlessCutOff(request: DemoRequest): Promise<DemoAnswer | undefined> {
    this.narrator.request(lineOf(request));
    return this.exchange(request).catch(() => undefined);
  }

  private async exchange({ path, tenant, body, headers }: DemoRequest): Promise<DemoAnswer> {
    const response = await fetch(this.baseUrl() + path, {
      method: body ? 'POST' : 'GET',
      headers: {
        ...(tenant ? { authorization: `Bearer ${API_KEY_OWNERS[tenant].key}` } : {}),
        ...(body ? { 'content-type': 'application/json' } : {}),
        ...headers,
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const text = await response.text();
    return {
      status: response.status,
      envelope: JSON.parse(text) as Envelope,
      executionId: response.headers.get('x-workflow-id') ?? undefined,
      text,
    };
  }
}

function lineOf({ path, tenant, body, headers = {} }: DemoRequest): string {
  const shown = body && JSON.stringify({ ...body, ...('password' in body ? HIDDEN : {}) });
  return [
    body ? 'POST' : 'GET',
    path,
    tenant ? `(${tenant})` : '(no key)',
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    shown,
  ]
    .filter(Boolean)
    .join(' ');
}

const HIDDEN = { password: '********' };
