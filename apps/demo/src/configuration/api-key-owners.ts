import type { AuthenticatedUser } from '../auth/authenticated-user.js';

/** An API key and who it stands for. */
export interface ApiKeyOwner {
  readonly key: string;
  readonly user: AuthenticatedUser;
}

/**
 * One key per tenant. They are printed in the documentation, so they are good for a demo and for
 * nothing else.
 */
export const API_KEY_OWNERS = {
  luxgen: {
    key: 'luxgen-demo-key',
    user: {
      id: 'luxgen-admin',
      role: 'admin',
      permissions: ['users:write', 'job-posts:write'],
      tenantId: 'luxgen',
    },
  },
  demo: {
    key: 'demo-demo-key',
    user: {
      id: 'demo-hr',
      role: 'hr',
      permissions: ['users:write', 'job-posts:write'],
      tenantId: 'demo',
    },
  },
} as const satisfies Record<string, ApiKeyOwner>;
