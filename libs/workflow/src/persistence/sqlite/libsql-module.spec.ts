import { describe, expect, it } from '@jest/globals';
import { loadLibsql } from './libsql-module.js';

describe('loadLibsql', () => {
  it('loads the database class', async () => {
    await expect(loadLibsql()).resolves.toBeInstanceOf(Function);
  });

  it('says how to install a package that cannot be loaded', async () => {
    const cause = new Error("Cannot find package 'libsql'");
    await expect(loadLibsql(() => Promise.reject(cause))).rejects.toMatchObject({
      code: 'DRIVER_MISSING',
      message: expect.stringMatching(/Cannot find package 'libsql'.*npm install libsql/),
      cause,
    });
  });
});
