import { describe, expect, it } from '@jest/globals';
import type { TenantConfiguration } from '../context/tenant-configuration.js';
import { Clock, type CancelTimer } from '../runtime/clock.js';
import { SINGLE_TENANT } from './single-tenant.js';
import { TenantLookup } from './tenant-lookup.js';

class StillClock extends Clock {
  elapsed = 0;
  override now = (): number => this.elapsed;
  override monotonic = (): number => this.elapsed;
  override databaseOffset = (): number => 0;
  override schedule = (): CancelTimer => () => undefined;
}

const tenant = (id: string, slug = `${id}-slug`): TenantConfiguration => ({
  ...SINGLE_TENANT,
  id,
  slug,
  limits: { maxUsers: 3 },
});

/** As an ORM makes them: the columns are accessors of the class. */
class TenantEntity {
  readonly #row = tenant('acme');

  get id(): string {
    return this.#row.id;
  }

  get slug(): string {
    return this.#row.slug;
  }

  get name(): string {
    return 'An entity';
  }

  get limits(): TenantConfiguration['limits'] {
    return this.#row.limits;
  }

  readonly features = [];
  readonly branding = {};
  readonly security = { encryptionEnabled: false };
  readonly dataRetention = {};
}

describe('looking up a tenant', () => {
  it.each<[string, TenantConfiguration[], string]>([
    ['one id twice', [tenant('a', 'x'), tenant('a', 'y')], '"a"'],
    ['one slug twice', [tenant('a', 'x'), tenant('b', 'x')], '"x"'],
    ['the id of one as the slug of another', [tenant('a', 'x'), tenant('b', 'a')], '"a"'],
    ['an id in upper case', [tenant('Acme', 'x')], '"Acme"'],
    ['an empty slug', [tenant('a', '')], '""'],
    ['a slug with a dot', [tenant('a', 'a.example')], '"a.example"'],
    ['a name of 64 characters', [tenant('a'.repeat(64), 'x')], '"aaa'],
  ])('refuses a list with %s', (_what, tenants, quoted) => {
    expect(() => new TenantLookup(tenants, new StillClock())).toThrow(
      expect.objectContaining({
        code: 'MODULE_OPTION_INVALID',
        message: expect.stringContaining(quoted),
      }),
    );
  });

  it('accepts a tenant whose id is its slug', async () => {
    const lookup = new TenantLookup([tenant('acme', 'acme')], new StillClock());

    expect((await lookup.find('acme'))?.id).toBe('acme');
  });

  it('finds by id and slug, but a profile by id only', async () => {
    const lookup = new TenantLookup([tenant('acme')], new StillClock());

    expect((await lookup.find('acme-slug'))?.id).toBe('acme');
    expect((await lookup.profile('acme'))?.id).toBe('acme');
    expect(await lookup.profile('acme-slug')).toBeUndefined();
  });

  it.each(['__proto__', 'constructor', 'toString', '', 'ACME', ' acme', 'acme\n', 'acme\u0000'])(
    'never asks for what cannot be a name: %j',
    async (name) => {
      const asked: string[] = [];
      const directory = {
        findTenant: (given: string): TenantConfiguration => {
          asked.push(given);
          return tenant(given);
        },
      };

      const found = await new TenantLookup(directory, new StillClock()).find(name);

      if (name === 'constructor') expect(found?.id).toBe('constructor');
      else expect([found, asked]).toEqual([undefined, []]);
      const list = new TenantLookup([tenant('acme')], new StillClock());
      expect(await list.find(name)).toBeUndefined();
    },
  );

  it.each(['list', 'directory'])('gives a copy of a %s that nobody can change', async (source) => {
    const original = tenant('acme');
    const tenants = source === 'list' ? [original] : { findTenant: () => original };
    const found = await new TenantLookup(tenants, new StillClock()).find('acme');

    expect(found).toEqual(original);
    expect(() => Object.assign(found ?? {}, { id: 'globex' })).toThrow(TypeError);
    expect(() => Object.assign(found?.limits ?? {}, { maxUsers: 9 })).toThrow(TypeError);
    expect(() => found?.features.push('more')).toThrow(TypeError);
    original.limits.maxUsers = 4;
    expect(found?.limits.maxUsers).toBe(3);
  });

  it('reads an entity of a class with accessors', async () => {
    const directory = { findTenant: () => new TenantEntity() };
    const lookup = new TenantLookup(directory, new StillClock());

    expect(await lookup.find('acme-slug')).toMatchObject({
      id: 'acme',
      slug: 'acme-slug',
      name: 'An entity',
      limits: { maxUsers: 3 },
    });
  });

  it('T06 keeps so many answers and no more', async () => {
    const clock = new StillClock();
    const asked: string[] = [];
    const directory = {
      findTenant: (name: string): undefined => {
        asked.push(name);
      },
    };
    const lookup = new TenantLookup(directory, clock);

    for (let i = 0; i <= 10_000; i += 1) await lookup.find(`guess-${i}`);
    await lookup.find('guess-10000');
    const afterAll = asked.length;
    await lookup.find('guess-0');

    expect(afterAll).toBe(10_001);
    expect(asked.length).toBe(10_002);
  });
});
