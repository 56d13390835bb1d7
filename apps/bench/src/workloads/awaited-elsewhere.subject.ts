import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Database } from '../databases/database.js';
import { openApp, type BenchApp } from '../engine/bench-app.js';
import { Gate, GatedSteps } from '../workflows/gated-steps.workflow.js';
import { orderNumber } from '../workflows/order.js';
import type { Awaiting, AwaitingOrder } from './awaiting-messages.js';
import { AWAITED } from './sizes.js';
import type { Subject } from './subject.js';

const SCRIPT = fileURLToPath(new URL('./awaiting-process.js', import.meta.url));

const NANOSECONDS = 1_000_000;

/**
 * W7: started and run here, awaited in another process. The last step is held back until the other
 * one waits, so what is measured goes from there to the result: the commit, the news of it, the read.
 */
export async function awaitedElsewhere(database: Database): Promise<Subject> {
  const app = await openApp(database, [GatedSteps, Gate]);
  const other = fork(SCRIPT, { stdio: ['ignore', 2, 2, 'ipc'] });
  other.send({ kind: 'open', database } satisfies AwaitingOrder);
  await next(other, 'open');
  let started = 0;
  const sample = async (): Promise<number[]> => {
    const latencies: number[] = [];
    for (let number = 0; number < AWAITED; number += 1) {
      latencies.push(await latencyOf((started += 1), app, other));
    }
    return latencies;
  };
  await sample();
  return {
    run: (measure) => measure(AWAITED, sample),
    async close() {
      other.disconnect();
      await once(other, 'exit');
      await app.close();
    },
  };
}

async function latencyOf(number: number, { app, manager }: BenchApp, other: ChildProcess) {
  const gate = app.get(Gate);
  const order = orderNumber(number);
  const { orderId } = order;
  const handle = await manager.startWorkflow(GatedSteps, order, { idempotencyKey: orderId });
  if (!handle.accepted) throw new Error('A start was refused.');
  other.send({ kind: 'await', number } satisfies AwaitingOrder);
  await next(other, 'waits');
  while (!gate.holds(orderId)) await turn();
  const ended = next(other, 'result');
  const release = process.hrtime.bigint();
  gate.open(orderId);
  const { at } = await ended;
  return Number(BigInt(at) - release) / NANOSECONDS;
}

/** The next message of a kind. The other process ending is the end of the measurement. */
function next<K extends Awaiting['kind']>(
  child: ChildProcess,
  kind: K,
): Promise<Extract<Awaiting, { readonly kind: K }>> {
  return new Promise((resolve, reject) => {
    const ended = (): void => reject(new Error('The awaiting process has ended.'));
    const look = (message: Awaiting): void => {
      if (message.kind !== kind) return;
      child.off('message', look);
      child.off('exit', ended);
      resolve(message as Extract<Awaiting, { readonly kind: K }>);
    };
    child.on('message', look);
    child.once('exit', ended);
  });
}
