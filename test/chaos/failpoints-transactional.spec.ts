import { afterAll, afterEach, beforeAll, describe, it, jest } from '@jest/globals';
import { surviveStartInTransaction, surviveTransactions } from './support/transfers.js';
import { Workshop } from './support/workshop.js';
import type { PointName } from './worker/points.js';

jest.setTimeout(60_000);

let workshop: Workshop;
beforeAll(() => {
  workshop = new Workshop();
});
afterEach(() => workshop.tidy());
afterAll(() => workshop.close());

describe('F01 kill -9 in a transactional step: its effects are there once, with its checkpoint', () => {
  it.each<[PointName]>([['transaction.commit'], ['transaction.committed']])(
    '%s, of the first step and of the one that ends the execution',
    (point) => surviveTransactions(workshop.site(), point),
  );
});

describe('F73 kill -9 in a transaction of the application that starts an execution', () => {
  it.each<[PointName, 'both' | 'neither']>([
    ['transaction.commit', 'neither'],
    ['transaction.committed', 'both'],
  ])('%s: what it wrote and the execution are there, %s', (point, there) =>
    surviveStartInTransaction(workshop.site(), point, there),
  );
});
