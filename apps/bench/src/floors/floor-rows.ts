import { orderNumber, receiptOf } from '../workflows/order.js';

/** One execution of the workload, as the engine would write it. */
export interface FloorExecution {
  readonly id: string;
  readonly input: string;
}

/** What is the same in every row, with the lengths the engine writes. */
export const TENANT = 'default';
export const WORKFLOW = 'three-steps';
export const VERSION = '1.0.0';
export const HASH = 'd'.repeat(64);
export const CAPABILITY = `${WORKFLOW}@${VERSION}#${'d'.repeat(16)}`;
export const INPUT_HASH = 'a'.repeat(64);
export const CONTEXT = '{"tenantSlug":"default","userPermissions":[],"data":{},"metadata":{}}';
export const USAGE =
  '{"cpuUsage":0.38599999999996726,"databaseQueries":0,"apiCalls":0,"cacheHits":0,"cacheMisses":0}';
export const MESSAGE = `Workflow "${WORKFLOW}" completed`;
export const WORKER = '01900000-0000-7000-8000-000000000001';
export const STEPS = ['reserve', 'charge', 'ship'] as const;
export const LEASE = 15_000;

export const INPUT_TEXT = JSON.stringify(orderNumber(1));

export const OUTPUTS = [
  receiptOf('order-00000001', 'reserve', 2),
  receiptOf('order-00000001', 'charge', 20),
  receiptOf('order-00000001', 'ship', 21),
].map((receipt) => JSON.stringify(receipt));

let made = 0;

/** Ids in ascending order, as the engine's are. */
export function newExecutions(count: number): FloorExecution[] {
  return Array.from({ length: count }, () => ({ id: nextId(), input: INPUT_TEXT }));
}

function nextId(): string {
  made += 1;
  const time = Date.now().toString(16).padStart(12, '0');
  const number = made.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${number}`;
}
