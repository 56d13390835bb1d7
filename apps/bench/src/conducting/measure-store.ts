import type { Store } from '../databases/database.js';
import { openDatabases } from '../databases/open-databases.js';
import { FIGURES } from '../measuring/figures.js';
import { median } from '../measuring/statistics.js';
import type { StoreReport, WorkloadReport } from '../report/report.js';
import { BATCHES, batchedName } from '../workloads/subjects.js';
import type { Workload } from '../workloads/workloads.js';
import { measureWorkload } from './measure-workload.js';
import { Stage } from './stage.js';

/** Runs of each of the batched floors, to find the best. */
const TRIALS = 3;

export async function measureStore(
  store: Store,
  workloads: readonly Workload[],
  rounds: number | undefined,
  say: (news: string) => void,
): Promise<StoreReport> {
  const databases = await openDatabases(store);
  try {
    const stage = new Stage(databases);
    let batches: Readonly<Record<number, number>> | undefined;
    const batched = async (): Promise<string> => {
      batches ??= await speedByBatch(stage);
      const [best] = Object.entries(batches).sort(([, one], [, other]) => other - one);
      return batchedName(Number(best?.[0]));
    };
    const reports: WorkloadReport[] = [];
    for (const workload of workloads) {
      if (workload.stores && !workload.stores.includes(store)) continue;
      say(`${store}: ${workload.id}, ${workload.title}`);
      reports.push(await measureWorkload(workload, { store, stage, rounds, batched }));
    }
    return { store, settings: await databases.settings(), batches, workloads: reports };
  } finally {
    await databases.close();
  }
}

async function speedByBatch(stage: Stage): Promise<Record<number, number>> {
  const runs = await stage.measure(BATCHES.map(batchedName), TRIALS);
  return Object.fromEntries(
    BATCHES.map((batch, index) => [
      batch,
      median((runs[index]?.measurements ?? []).map(FIGURES.executionsPerSecond)),
    ]),
  );
}
