import type { TenantConfiguration } from '../context/tenant-configuration.js';

/** What tenancy reads from and writes to a request, on any HTTP platform. */
export interface TenantRequest {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly rawHeaders?: readonly string[];
  /** The platform's request under a framework's own, as Fastify has it. */
  readonly raw?: TenantRequest;
  readonly user?: unknown;
  tenantId?: string;
  tenantSlug?: string;
  tenant?: TenantConfiguration;
}

/** One object per request, whichever of its wrappers is at hand. */
export const requestKey = (request: TenantRequest): object => request.raw ?? request;

/** Every value a header was sent with, one by one. */
export function headerValues(request: TenantRequest, name: string): string[] {
  const { rawHeaders: raw, headers } = request.raw ?? request;
  // Not every adapter between a cloud's events and Node keeps the headers as they were sent.
  if (!raw) return [headers[name] ?? []].flat();
  const values: string[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    if (raw[i]?.toLowerCase() === name) values.push(raw[i + 1] ?? '');
  }
  return values;
}
