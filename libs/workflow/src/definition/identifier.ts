const IDENTIFIER = /^[A-Za-z0-9._:@-]{1,255}$/;

/** Ids travel through URLs, logs and indexes: one small alphabet and one length for all of them. */
export const isIdentifier = (value: unknown): value is string =>
  typeof value === 'string' && IDENTIFIER.test(value);
