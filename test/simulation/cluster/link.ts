import type { CallFault, Plan } from '../load/plan.js';
import type { Chance } from '../world/chance.js';
import type { Scheduler } from '../world/scheduler.js';
import { ServerError, type Database } from './database.js';
import type { Life } from './life.js';
import type { LinkedChannel } from './linked-channel.js';
import type { Operation } from './operation.js';

/** What all links of a run share. */
export interface Network {
  readonly plan: Plan;
  readonly scheduler: Scheduler;
  readonly chance: Chance;
  readonly database: Database;
  /** Nothing goes wrong any more. */
  healed: boolean;
  /** Of the processes that listen. */
  readonly channels: Set<LinkedChannel>;
}

/**
 * The way of one process to the database. A call arrives, is performed and is answered at three
 * moments; between any two of them anything else may happen.
 */
export class Link {
  /** Cut off: nothing arrives, in either direction. */
  cut = false;

  constructor(
    private readonly life: Life,
    private readonly network: Network,
  ) {}

  call<T>(operation: Operation<T>): Promise<T> {
    const { life, network } = this;
    return new Promise((resolve, reject) => {
      // Its last words: nothing of a dead process acts, whatever still runs in this turn.
      if (life.dead) return;
      const { scheduler, database, plan } = network;
      const fail = (): void => {
        life.trouble();
        const silence = plan.unit * network.chance.oneOf([0.1, 1, 4]);
        life.after(silence, () => reject(new ServerError('ECONNRESET', 'connection reset')));
      };
      const answer = (settle: () => void): void => {
        if (this.cut || this.strikes('lost-reply')) fail();
        else life.after(this.delay(), settle);
      };
      const arrive = (): void => {
        const refused = this.refusal();
        if (refused) answer(() => reject(refused));
        else {
          database.execute(operation, life).then(
            (result) => answer(() => resolve(result)),
            (error: Error) => answer(() => reject(error)),
          );
        }
      };
      if (this.cut || this.strikes('lost-request')) {
        fail();
      } else if (this.strikes('late-arrival')) {
        // Nobody waits for its answer any more.
        fail();
        const late = plan.unit * network.chance.oneOf([0.5, 3, 15]);
        scheduler.after(late, () => {
          life.trouble();
          database.execute(operation, life).catch(() => undefined);
        });
      } else {
        scheduler.after(this.delay(), () => {
          // The file of an embedded store is worked on by the process itself.
          if (!(plan.embedded && life.dead)) arrive();
        });
      }
    });
  }

  private refusal(): ServerError | undefined {
    if (this.strikes('serialization')) {
      this.life.trouble();
      return new ServerError(
        this.network.plan.embedded ? 'SQLITE_BUSY' : '40001',
        'could not serialize access',
      );
    }
    if (this.strikes('refusal')) {
      this.life.trouble();
      return new ServerError('XX000', 'internal error');
    }
    return undefined;
  }

  private delay(): number {
    const { plan, chance, scheduler } = this.network;
    const usual = plan.latency * chance.between(0.2, 1.8);
    if (!this.strikes('slow-call')) return usual;
    const slow = usual + plan.unit * chance.oneOf([1, 5, 12]);
    this.life.trouble();
    scheduler.after(slow, () => this.life.trouble());
    return slow;
  }

  private strikes(fault: CallFault): boolean {
    const { plan, chance, healed } = this.network;
    return !healed && chance.happens(plan.callFaults[fault] ?? 0);
  }
}
