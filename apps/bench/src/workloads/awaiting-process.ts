import 'reflect-metadata';
import { openApp, type BenchApp } from '../engine/bench-app.js';
import { Gate, GatedSteps } from '../workflows/gated-steps.workflow.js';
import { orderNumber } from '../workflows/order.js';
import type { Awaiting, AwaitingOrder } from './awaiting-messages.js';

// Runs nothing: it joins executions by their key and waits for their results.
let app: BenchApp | undefined;

process.on('message', (order: AwaitingOrder) => void obey(order));
process.once('disconnect', () => void app?.close());

async function obey(order: AwaitingOrder): Promise<void> {
  if (order.kind === 'open') {
    app = await openApp(order.database, [GatedSteps, Gate], { worker: false });
    tell({ kind: 'open' });
    return;
  }
  const input = orderNumber(order.number);
  const handle = await app?.manager.startWorkflow(GatedSteps, input, {
    idempotencyKey: input.orderId,
  });
  if (!handle?.accepted || !handle.joined) throw new Error('There was nothing to wait for.');
  const result = handle.result();
  tell({ kind: 'waits' });
  const { success, message } = await result;
  const at = String(process.hrtime.bigint());
  if (!success) throw new Error(message);
  tell({ kind: 'result', at });
}

function tell(message: Awaiting): void {
  process.send?.(message);
}
