import type { DemoRequest } from '../demo-client.js';
import { registrationOf } from '../registration-form.js';
import type { Stage } from '../stage.js';

const REFUSED: readonly (DemoRequest & { readonly claim: string; readonly status: number } & {
  readonly code: string;
})[] = [
  {
    claim: 'without a key: 401',
    path: '/api/v1/users',
    status: 401,
    code: 'AUTH_REQUIRED',
  },
  {
    claim: 'with a header that names another tenant than the key: 403',
    path: '/api/v1/users',
    tenant: 'luxgen',
    headers: { 'x-tenant-id': 'demo' },
    status: 403,
    code: 'TENANT_MISMATCH',
  },
  {
    claim: 'with an invalid body: 422',
    path: '/api/v1/users',
    tenant: 'luxgen',
    body: { email: 'not an address', firstName: 'Ada', admin: true },
    status: 422,
    code: 'INPUT_INVALID',
  },
  {
    claim: 'with an address that is taken: 409',
    path: '/api/v1/users',
    tenant: 'luxgen',
    body: registrationOf('Ada', 'Byron'),
    status: 409,
    code: 'EMAIL_TAKEN',
  },
];

export async function refusalScene({ client, narrator }: Stage): Promise<void> {
  narrator.scene('What is refused, and how');
  for (const { claim, status, code, ...request } of REFUSED) {
    const { envelope, ...answer } = await client.send(request);
    narrator.check(
      claim,
      [answer.status, envelope.success, envelope.errors?.[0]?.code],
      [status, false, code],
    );
  }
}
