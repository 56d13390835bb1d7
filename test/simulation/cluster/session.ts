import type { StepCheckpoint } from '../../../libs/workflow/src/engine/journal.port.js';
import type {
  TransactionalEnd,
  TransactionOwner,
} from '../../../libs/workflow/src/engine/step-transaction.port.js';
import type { ModelTransaction } from '../../support/model-store/model-step-transactions.js';
import type { CancelEvent } from '../world/scheduler.js';
import { ServerError } from './database.js';
import type { Life } from './life.js';
import type { Link, Network } from './link.js';

type SessionSubject =
  | { readonly kind: 'statement'; readonly name: string; readonly locks?: TransactionOwner }
  | { readonly kind: 'commit'; readonly owner?: TransactionOwner }
  | { readonly kind: 'roll-back' };

/** A transaction over a link: its connection may break, and the server does not wait for ever. */
export class Session {
  private readonly transaction: ModelTransaction;
  private over = false;
  private silence: CancelEvent = () => undefined;
  private owner: TransactionOwner | undefined;
  private giveUp: (why: Error) => void = () => undefined;

  constructor(
    life: Life,
    private readonly link: Link,
    private readonly network: Network,
  ) {
    this.transaction = network.database.store.transactions.begin();
    life.onDeath.push(() => this.breakOff(network.chance.oneOf([0.01, 0.5])));
  }

  /** The only statement of user code. */
  write(effect: string): Promise<void> {
    return this.statement('write', () => this.transaction.write(effect));
  }

  lock(owner: TransactionOwner): Promise<boolean> {
    this.owner = owner;
    const subject = { kind: 'statement', name: 'lock', locks: owner } as const;
    return this.send(subject, () => this.transaction.lock(owner));
  }

  record(owner: TransactionOwner, checkpoint: StepCheckpoint): Promise<number | undefined> {
    return this.statement('record', () => this.transaction.record(owner, checkpoint));
  }

  end(owner: TransactionOwner, end: TransactionalEnd): Promise<number> {
    return this.statement('end', () => this.transaction.end(owner, end));
  }

  async commit(): Promise<void> {
    await this.send({ kind: 'commit', owner: this.owner }, () => {
      this.transaction.commit();
      this.close();
    });
  }

  async rollBack(): Promise<void> {
    if (this.over) return;
    await this.send({ kind: 'roll-back' }, () => this.abort()).catch(() => undefined);
  }

  /** Its process does not wait for the answer any longer. */
  abandon(why: Error): void {
    this.breakOff(0.1);
    this.giveUp(why);
  }

  private statement<T>(name: string, perform: () => T): Promise<T> {
    return this.send({ kind: 'statement', name }, perform);
  }

  private async send<T>(subject: SessionSubject, perform: () => T): Promise<T> {
    const abandoned = new Promise<never>((_resolve, reject) => {
      this.giveUp = reject;
    });
    const answered = this.link.call({
      subject,
      writes: subject.kind !== 'roll-back',
      perform: () => {
        if (this.over) throw new ServerError('25P03', 'terminating connection');
        this.boundSilence();
        return perform();
      },
    });
    try {
      return await Promise.race([answered, abandoned]);
    } catch (error) {
      if (error instanceof ServerError && error.code !== '25P03') {
        this.breakOff(this.network.chance.oneOf([0, 0.1, 4]));
      }
      throw error;
    }
  }

  /** The server takes a client that has been silent for half a lease for dead. */
  private boundSilence(): void {
    const { plan, scheduler } = this.network;
    this.silence();
    if (!plan.embedded) this.silence = scheduler.after(plan.lease / 2, () => this.abort());
  }

  private breakOff(units: number): void {
    if (this.over) return;
    const { plan, scheduler } = this.network;
    scheduler.after(plan.unit * units, () => this.abort());
  }

  private abort(): void {
    if (this.over) return;
    this.transaction.rollBack();
    this.close();
  }

  private close(): void {
    this.over = true;
    this.silence();
    this.network.database.locksFreed();
  }
}
