import 'reflect-metadata';
import { measureWith } from '../measuring/measurement.js';
import { weigh } from '../measuring/memory-state.js';
import { profiled } from '../measuring/profiler.js';
import { StatementCounter } from '../measuring/statement-counter.js';
import { watchDrivers } from '../measuring/watch-drivers.js';
import { WritingConnections } from '../measuring/writing-connections.js';
import type { Subject } from '../workloads/subject.js';
import { openSubject } from '../workloads/subjects.js';
import type { Answer, Order } from './participant-messages.js';

// A process of its own for each subject: one does not live in the heap, or the caches, of another.
const counter = new StatementCounter();
const connections = new WritingConnections();
watchDrivers(counter, connections);
const measure = measureWith(counter, connections);

let subject: Subject | undefined;

const opened = (): Subject => {
  if (subject) return subject;
  throw new Error('There is no subject yet.');
};

const obey: Readonly<Record<Order['kind'], (order: Order) => Promise<Answer>>> = {
  async open(order) {
    if (order.kind === 'open') subject = await openSubject(order.setup);
    return { kind: 'done' };
  },
  async run() {
    return { kind: 'measured', measurement: await opened().run(measure) };
  },
  async profile() {
    const summary = await profiled(() => opened().run(measure));
    return { kind: 'profiled', summary };
  },
  async weigh() {
    return { kind: 'weighed', state: await weigh() };
  },
  async close() {
    await subject?.close();
    process.disconnect();
    return { kind: 'done' };
  },
};

// Nobody is left to run for, also when whoever gave the orders was killed.
process.once('disconnect', () => process.exit());

process.on('message', (order: Order) => {
  obey[order.kind](order).then(answer, (error: unknown) =>
    answer({
      kind: 'failed',
      reason: error instanceof Error ? String(error.stack) : String(error),
    }),
  );
});

function answer(message: Answer): void {
  if (process.connected) process.send?.(message);
}
