import { describe, expect, it } from '@jest/globals';
import { readEnvironment } from '../configuration/demo-environment.js';
import { PasswordHasher, type RepeatableRequest } from './password-hasher.js';

const hasher = new PasswordHasher(readEnvironment({}));
const request: RepeatableRequest = {
  tenantId: 'luxgen',
  email: 'ada@example.com',
  idempotencyKey: 'key-1',
};
const hash = (changes: Partial<RepeatableRequest>, password = 'Some-Secret-1'): Promise<string> =>
  hasher.hash(password, { ...request, ...changes });

describe('PasswordHasher', () => {
  it('salts each hash anew when the request has no idempotency key', async () => {
    const once = await hash({ idempotencyKey: undefined });

    expect(await hash({ idempotencyKey: undefined })).not.toBe(once);
  });

  it('comes to the same hash when a request is repeated', async () => {
    expect(await hash({})).toBe(await hash({}));
  });

  it.each([{ tenantId: 'demo' }, { email: 'eve@example.com' }, { idempotencyKey: 'key-2' }])(
    'uses another salt for %j',
    async (changes) => {
      const [, salt] = (await hash({})).split('$');
      const [, otherSalt] = (await hash(changes)).split('$');

      expect(otherSalt).not.toBe(salt);
    },
  );

  it('comes to another hash for another password', async () => {
    expect(await hash({}, 'Some-Secret-2')).not.toBe(await hash({}));
  });
});
