const NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** Ids and slugs: lower-case ASCII letters, digits and inner hyphens, 1 to 63 characters; UUIDs among them. */
export const isTenantName = (value: unknown): value is string =>
  typeof value === 'string' && NAME.test(value);
