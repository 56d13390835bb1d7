import { parseArgs } from 'node:util';
import { STORES, type Store } from './databases/database.js';
import { openDatabases } from './databases/open-databases.js';
import { compare, throughputOf } from './measuring/compare.js';
import { median } from './measuring/statistics.js';
import { ParticipantProcess } from './participants/participant-process.js';
import { BATCHES, batchedName } from './workloads/subjects.js';

const { values } = parseArgs({
  options: {
    store: { type: 'string' },
    pairs: { type: 'string', default: '10' },
  },
});
const pairs = Number(values.pairs);

for (const store of STORES) {
  if (values.store !== undefined && values.store !== store) continue;
  await measureStore(store);
}

async function measureStore(store: Store): Promise<void> {
  const databases = await openDatabases(store);
  try {
    const join = async (subject: string): Promise<ParticipantProcess> =>
      ParticipantProcess.open({ subject, database: await databases.create() });
    const engine = await join('W1');
    for (const name of ['W1', ...BATCHES.map(batchedName), 'floor:unbatched', 'floor:call-chain']) {
      const reference = await join(name);
      const { ratio, subject, reference: other } = await compare(engine, reference, pairs);
      console.log(store, `W1 / ${name}`, ratio, {
        executionsPerSecond: median(subject.map(throughputOf)),
        other: median(other.map(throughputOf)),
        cpu: median(subject.map((m) => m.cpuMilliseconds / m.executions)),
        otherCpu: median(other.map((m) => m.cpuMilliseconds / m.executions)),
        statements: median(subject.map((m) => m.statements / m.executions)),
        otherStatements: median(other.map((m) => m.statements / m.executions)),
        writes: median(subject.map((m) => m.writeTransactions / m.executions)),
        otherWrites: median(other.map((m) => m.writeTransactions / m.executions)),
        peak: median(subject.map((m) => m.peakBytes / 2 ** 20)),
      });
      await reference.close();
    }
    await engine.close();
  } finally {
    await databases.close();
  }
}
