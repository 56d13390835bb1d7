import { describe, expect, it } from '@jest/globals';
import { EventEmitter } from 'node:events';
import { SINGLE_TENANT } from './single-tenant.js';
import { NOBODY, TenantScope, type ResolvedTenant } from './tenant-scope.js';

const resolved = (id: string): ResolvedTenant => ({
  tenant: { ...SINGLE_TENANT, id, slug: id },
  principal: NOBODY,
});

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** The same numbers on every run. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31);
}

describe('the scope of a tenant', () => {
  it('T56 does not bleed between 50 tenants in 10,000 interleavings', async () => {
    const scope = new TenantScope();
    const next = numbers(7);
    const shared = turn();
    const bus = new EventEmitter();
    bus.setMaxListeners(0);
    let foreign = 0;
    let looks = 0;
    const look = (id: string): void => {
      looks += 1;
      if (scope.tenant?.tenant.id !== id) foreign += 1;
    };

    const visit = async (id: string): Promise<void> => {
      for (let i = 0; i < 200; i += 1) {
        look(id);
        switch (next() % 5) {
          case 0:
            await turn();
            break;
          case 1:
            await shared;
            break;
          case 2:
            await new Promise((resolve) => process.nextTick(resolve));
            break;
          case 3: {
            // Whoever else emits, this one goes on in its own scope.
            const heard = new Promise((resolve) => bus.once('ping', resolve));
            bus.emit('ping');
            await heard;
            break;
          }
          default:
            await scope.runAsTenant(resolved(`inner-${id}`), async () => {
              await turn();
              look(`inner-${id}`);
            });
        }
        look(id);
      }
    };
    await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        i % 2 === 0
          ? scope.runAsTenant(resolved(`t${i}`), () => visit(`t${i}`))
          : ((): Promise<void> => {
              const request = {};
              const http = { request, response: {} };
              return scope.runForRequest(request, http, () => {
                scope.resolveFor(request, http, resolved(`t${i}`));
                return visit(`t${i}`);
              });
            })(),
      ),
    );

    expect(looks).toBeGreaterThan(20_000);
    expect(foreign).toBe(0);
    expect(scope.tenant).toBeUndefined();
  });

  it('is closed after its work, also when that fails', async () => {
    const scope = new TenantScope();

    await expect(
      scope.runAsTenant(resolved('a'), () => Promise.reject(new Error('No'))),
    ).rejects.toThrow('No');
    expect(() =>
      scope.runAsSystem('a test', () => {
        throw new Error('No');
      }),
    ).toThrow('No');

    expect([scope.tenant, scope.isSystem]).toEqual([undefined, false]);
  });

  it('of the system has no tenant, and ends within one', () => {
    const scope = new TenantScope();

    scope.runAsTenant(resolved('a'), () => {
      scope.runAsSystem('a test', () => {
        expect([scope.tenant, scope.isSystem]).toEqual([undefined, true]);
        scope.runAsTenant(resolved('b'), () => {
          expect([scope.tenant?.tenant.id, scope.isSystem]).toEqual(['b', false]);
        });
      });
      expect(scope.tenant?.tenant.id).toBe('a');
    });
  });

  it('of a request takes one tenant and no other after it', () => {
    const scope = new TenantScope();
    const request = {};
    const http = { request, response: {} };

    scope.resolveFor(request, http, resolved('a'));

    expect(() => scope.resolveFor(request, http, resolved('b'))).toThrow(
      expect.objectContaining({ code: 'TENANT_CONTEXT_FROZEN' }),
    );
    expect(scope.resolvedFor(request)?.tenant.id).toBe('a');
    expect(() => Object.assign(scope.resolvedFor(request) ?? {}, resolved('b'))).toThrow(TypeError);
  });

  it('of a request is the same wherever it is entered', () => {
    const scope = new TenantScope();
    const request = {};
    const bare = { request, response: {} };
    const wrapped = { request: { raw: request, user: 'ada' }, response: {} };

    scope.runForRequest(request, bare, () => {
      expect(scope.http).toBe(bare);
      scope.resolveFor(request, wrapped, resolved('a'));
      expect(scope.tenant?.tenant.id).toBe('a');
    });
    scope.runForRequest(request, wrapped, () => {
      expect(scope.tenant?.tenant.id).toBe('a');
      // The framework's request carries the user; the platform's bare one does not.
      expect(scope.http).toBe(wrapped);
    });
  });
});
