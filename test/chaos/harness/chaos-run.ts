import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { SeededRandom } from '../support/seeded-random.js';
import { Backlog } from './backlog.js';
import { takeCensus } from './census.js';
import { networkFaults } from './faults/network-faults.js';
import { serverFaults } from './faults/server-faults.js';
import { workerFaults } from './faults/worker-faults.js';
import { Fleet } from './fleet.js';
import { Nemesis, type Fault } from './nemesis.js';
import type { ChaosOptions, FaultKind } from './options.js';
import { recoveryOf } from './recovery.js';
import type { ChaosReport } from './report.js';
import { Starter } from './starter.js';
import { PostgresSite } from './stores/postgres.site.js';
import type { Site } from './stores/site.js';
import { SqliteSite } from './stores/sqlite.site.js';
import { Unanswered, WorkerLife } from './worker-life.js';

/**
 * Part of what the workers can do undisturbed that is asked of them: more would measure the backlog.
 * Of several most are there at any moment; a single one is away for more than half of the time.
 */
const LOAD = { postgres: 0.5, sqlite: 0.2 } as const;

/** The same, when the last fault is over. */
const CALM_LOAD = 0.7;

/** Executions from which the capacity is measured, at most. */
const LARGEST_SAMPLE = 150;

/** Milliseconds that everything has to come to rest, beside the leases. */
const HEAL_LIMIT = 60_000;

/** Milliseconds between two faults that keep nobody away. */
const SHORTEST_GAP = 1_000;

/** Milliseconds a worker is away when it is killed, roughly. */
const ABSENCE = 2_000;

/** Longest work of a step, in milliseconds. SQLite has one connection, which a transaction holds. */
const LONGEST_WORK = { postgres: 100, sqlite: 4 } as const;

/** For the control: many transactions are open whenever a worker is stopped. */
const LONG_WORK = 400;

const NETWORK: readonly FaultKind[] = ['cut', 'delay', 'swallow', 'commit'];

/** One run, from an empty database to the report. */
export class ChaosRun {
  private readonly random: SeededRandom;
  private readonly fleet: Fleet;
  private readonly starter: Starter;
  private readonly nemesis: Nemesis;
  private readonly backlog = new Backlog(() => this.remaining());

  private constructor(
    private readonly options: ChaosOptions,
    private readonly site: Site,
    program: string,
  ) {
    const { seed, workers, executions, faults, lease, mix, unfenced, logs } = options;
    this.random = new SeededRandom(seed);
    this.fleet = new Fleet(workers, (life) =>
      WorkerLife.fork(
        program,
        {
          life,
          store: site.store,
          lease,
          longestWork: unfenced ? LONG_WORK : LONGEST_WORK[site.store.kind],
          unfenced,
          beforeBoot: site.beforeBoot(life),
          afterBoot: site.afterBoot,
        },
        logs,
      ),
    );
    this.starter = new Starter(this.fleet, new SeededRandom(seed + 1), executions, this.backlog);
    this.nemesis = new Nemesis(
      this.faults(),
      mix,
      this.random,
      faults,
      this.gap(),
      this.backlog,
      () => this.fleet.spare(),
    );
  }

  /** @param program path of the worker */
  static async perform(options: ChaosOptions, program: string): Promise<ChaosReport> {
    const throughProxy = NETWORK.some((kind) => options.mix[kind] !== undefined);
    const site =
      options.store === 'postgres' ? await PostgresSite.open(throughProxy) : new SqliteSite();
    const run = new ChaosRun(options, site, program);
    try {
      return await run.perform();
    } finally {
      run.fleet.killAll();
      await site.close();
    }
  }

  private async perform(): Promise<ChaosReport> {
    const begunAt = Date.now();
    const { fleet, starter, nemesis, site, options } = this;
    await fleet.startAll();
    await fleet.whole(HEAL_LIMIT);
    await site.instrument();
    const capacity = await this.measureCapacity();
    const rate = (): number => {
      const needed = starter.left / Math.max(1, nemesis.timeLeft / 1_000);
      const load = nemesis.timeLeft > 0 ? LOAD[options.store] : CALM_LOAD;
      return Math.min(capacity * load, Math.max(1, needed));
    };
    const highestRate = rate();
    // One second of work for all of them together.
    this.backlog.largest = capacity;
    void this.backlog.watch();
    await Promise.all([starter.spread(rate), nemesis.rage()]);
    this.backlog.stop();
    await this.heal();
    await fleet.stop();
    const remains = await site.remains();
    const { store, seed, lease, workers, unfenced, logs } = options;
    if (logs !== undefined) {
      const who = { losses: fleet.losses, handovers: remains.handovers };
      writeFileSync(join(logs, 'handovers.json'), JSON.stringify(who));
    }
    return {
      store,
      seed,
      lease,
      workers,
      fencing: !unfenced,
      seconds: Math.round((Date.now() - begunAt) / 1_000),
      capacity: Math.round(capacity),
      rate: Math.round(highestRate),
      started: starter.acknowledged.size,
      unanswered: options.executions - starter.acknowledged.size,
      ...takeCensus(remains, starter.acknowledged),
      faults: nemesis.committed,
      fenceRejections: fleet.fenceRejections,
      recoveryMs: recoveryOf(remains.handovers, fleet.losses),
      workersDiedUnexpectedly: fleet.diedUnexpectedly,
      stoppedByForce: fleet.stoppedByForce,
      bootsRefused: fleet.bootsRefused,
      lastWords: fleet.lastWords,
    };
  }

  /** Executions per second, when nothing disturbs. */
  private async measureCapacity(): Promise<number> {
    const sample = Math.min(LARGEST_SAMPLE, Math.ceil(this.options.executions / 5));
    // The first are slow: nothing is compiled yet, and no connection is open.
    await this.starter.burst(Math.ceil(sample / 4));
    await this.rest(HEAL_LIMIT);
    const begunAt = Date.now();
    await this.starter.burst(sample);
    await this.rest(HEAL_LIMIT);
    return (sample * 1_000) / Math.max(1, Date.now() - begunAt);
  }

  /** No more faults: everybody is back, and whatever was begun ends. */
  private async heal(): Promise<void> {
    await Promise.race([this.starter.settled(), pause(HEAL_LIMIT, undefined, { ref: false })]);
    await this.fleet.whole(HEAL_LIMIT);
    await this.rest(HEAL_LIMIT + 3 * this.options.lease);
  }

  /** Resolves when no execution is left, or when there was time enough. */
  private async rest(limit: number): Promise<void> {
    const until = Date.now() + limit;
    while (Date.now() < until) {
      if ((await this.remaining()) === 0) return;
      await pause(20);
    }
  }

  private async remaining(): Promise<number | undefined> {
    try {
      const left = await this.site.remaining();
      if (left !== undefined) return left;
      const worker = this.fleet.up(([first]) => first);
      return worker && Number(await worker.ask({ kind: 'remaining' }));
    } catch (error) {
      if (error instanceof Unanswered) return undefined;
      throw error;
    }
  }

  private faults(): Partial<Record<FaultKind, Fault>> {
    const { site, fleet, random, options } = this;
    const proxy = site instanceof PostgresSite ? site.proxy : undefined;
    return {
      ...workerFaults(fleet, random, options.lease),
      ...(site instanceof PostgresSite ? serverFaults(site, random) : {}),
      ...(proxy ? networkFaults(proxy, random) : {}),
    };
  }

  /** Unless it is said, faults come as fast as somebody is left to take over, and no faster. */
  private gap(): number {
    const { mix, lease, workers, gap } = this.options;
    if (gap !== undefined) return gap;
    const absences = { kill: ABSENCE, pause: 1.6 * lease };
    const weights = Object.values(mix).reduce((sum, weight) => sum + weight, 0);
    const away = ((mix.kill ?? 0) * absences.kill + (mix.pause ?? 0) * absences.pause) / weights;
    // A single one is waited for anyway.
    return workers === 1 ? SHORTEST_GAP : Math.max(SHORTEST_GAP, away / (workers - 1));
  }
}
