import { afterAll, afterEach, beforeAll, describe, it, jest } from '@jest/globals';
import { surviveCancelling, surviveRetrying } from './support/manager-orders.js';
import { Workshop } from './support/workshop.js';
import type { PointName } from './worker/points.js';

jest.setTimeout(60_000);

let workshop: Workshop;
beforeAll(() => {
  workshop = new Workshop();
});
afterEach(() => workshop.tidy());
afterAll(() => workshop.close());

describe('F01 F64 kill -9 while an execution is cancelled', () => {
  it.each<[PointName, 'running' | 'cancelled']>([
    ['end.task-deleted', 'running'],
    ['end.updated', 'running'],
    ['end.committed', 'cancelled'],
  ])('at %s: it is %s, and nothing between', (point, status) =>
    surviveCancelling(workshop.site(), point, status),
  );
});

describe('F01 F64 kill -9 while a failed execution is tried again', () => {
  it.each<[PointName]>([['retry.updated'], ['retry.committed']])(
    'at %s: it fails again or is still failed, and can be tried once more',
    (point) => surviveRetrying(workshop.site(), point),
  );
});
