import type { Store } from '../databases/database.js';
import { openDatabases } from '../databases/open-databases.js';
import type { StoreReport, WorkloadReport } from '../report/report.js';
import { VARIANTS } from '../workloads/subjects.js';
import { runsOn, type Workload } from '../workloads/workloads.js';
import { measureWorkload } from './measure-workload.js';
import { Stage } from './stage.js';
import { Trials } from './trials.js';

export async function measureStore(
  store: Store,
  workloads: readonly Workload[],
  rounds: number | undefined,
  say: (news: string) => void,
): Promise<StoreReport> {
  const databases = await openDatabases(store);
  try {
    const stage = new Stage(databases);
    const trials = new Trials(stage, VARIANTS[store]);
    const reports: WorkloadReport[] = [];
    for (const workload of workloads.filter((each) => runsOn(each, store))) {
      say(`${store}: ${workload.id}, ${workload.title}`);
      reports.push(await measureWorkload(workload, { store, stage, rounds, trials }));
    }
    return { store, settings: stage.settings.all, trials: trials.results(), workloads: reports };
  } finally {
    await databases.close();
  }
}
