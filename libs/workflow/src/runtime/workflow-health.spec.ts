import { beforeEach, describe, expect, it } from '@jest/globals';
import { WorkflowHealth } from './workflow-health.js';

const NO_WORK = 'The database gives no work.';

/** As a driver reports it: the message tells more than everybody may know. */
const fault = (code: string): Error =>
  Object.assign(new Error('10.0.0.7:5432 said "INSERT INTO secret"'), { code });

describe('the health of the engine', () => {
  let health: WorkflowHealth;
  beforeEach(() => {
    health = new WorkflowHealth();
  });

  it.each([
    ['ECONNREFUSED', 'It accepts no connections (ECONNREFUSED).'],
    ['EAI_AGAIN', 'Its host name is not known (EAI_AGAIN).'],
    ['53300', 'It has no connection left (53300).'],
    ['25006', 'It is read-only (25006).'],
    ['08006', 'The connection failed (08006).'],
    ['22P02', 'It refuses the statement (22P02).'],
    ['SQLITE_FULL', 'Its disk is full (SQLITE_FULL).'],
    ['SQLITE_IOERR_WRITE', 'Its disk does not read or write (SQLITE_IOERR_WRITE).'],
  ])('is degraded by %s, and says what that means', (code, cause) => {
    health.failed('claim', NO_WORK, fault(code));

    expect(health.report()).toEqual({
      status: 'degraded',
      reasons: [`${NO_WORK} ${cause}`],
    });
  });

  it('finds the cause inside of what it was wrapped by', () => {
    const wrapped = new Error('query failed', {
      cause: { driverError: fault('53100') },
    });

    health.failed('claim', NO_WORK, wrapped);

    expect(health.report().reasons).toEqual([`${NO_WORK} Its disk is full (53100).`]);
  });

  it('knows a connection that went away without a code', () => {
    health.failed('claim', NO_WORK, new Error('Connection terminated unexpectedly by 10.0.0.7'));

    expect(health.report().reasons).toEqual([`${NO_WORK} The connection failed.`]);
  });

  it.each([fault('"INSERT INTO secret"'), fault('ECONNREFUSED 10.0.0.7'), 'secret', undefined])(
    'says nothing of a cause that it does not know: %p',
    (unknown) => {
      health.failed('claim', NO_WORK, unknown);

      expect(health.report().reasons).toEqual([NO_WORK]);
    },
  );

  it('tells the latest cause of a part, until the part works', () => {
    const news = [fault('57P03'), fault('25006')].map((cause) =>
      health.failed('claim', NO_WORK, cause),
    );

    expect(news).toEqual([true, false]);
    expect(health.report().reasons).toEqual([`${NO_WORK} It is read-only (25006).`]);
    health.works('claim');
    expect(health.report()).toEqual({ status: 'ok', reasons: [] });
  });
});
