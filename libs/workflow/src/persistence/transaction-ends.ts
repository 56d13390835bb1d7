import type { DataSource, EntitySubscriberInterface, QueryRunner } from 'typeorm';

/** Somebody who wants to know whether what was written so far is committed. */
interface Waiting {
  /** Undefined when nobody can say without looking. */
  readonly tell: (committed: boolean | undefined) => void;
  /** A part of the transaction was undone, which what was written may belong to. */
  mayBeUndone: boolean;
}

/** Tells when the transaction of a connection is over, and whether what was written is there. */
export class TransactionEnds {
  private readonly waiting = new WeakMap<QueryRunner, Waiting[]>();
  private readonly subscriber: EntitySubscriberInterface = {
    afterTransactionCommit: ({ queryRunner }) => this.ended(queryRunner, true),
    afterTransactionRollback: ({ queryRunner }) => this.ended(queryRunner, false),
  };

  constructor(private readonly dataSource: DataSource) {
    dataSource.subscribers.push(this.subscriber);
  }

  of(runner: QueryRunner): Promise<boolean | undefined> {
    if (!this.waiting.has(runner)) this.noticeRelease(runner);
    return new Promise((tell) => {
      const waiting = { tell, mayBeUndone: false };
      this.waiting.set(runner, [...(this.waiting.get(runner) ?? []), waiting]);
    });
  }

  stop(): void {
    const { subscribers } = this.dataSource;
    const index = subscribers.indexOf(this.subscriber);
    if (index >= 0) subscribers.splice(index, 1);
  }

  /** A savepoint ends like a transaction; the transaction around it goes on. */
  private ended(runner: QueryRunner, committed: boolean): void {
    if (!runner.isTransactionActive) this.settle(runner, committed);
    else if (!committed) this.doubt(runner);
  }

  private doubt(runner: QueryRunner): void {
    for (const waiting of this.waiting.get(runner) ?? []) waiting.mayBeUndone = true;
  }

  /** A connection that is lost ends its transaction without a word. */
  private noticeRelease(runner: QueryRunner): void {
    const release = runner.release.bind(runner);
    runner.release = async () => {
      await release();
      this.settle(runner, undefined);
    };
  }

  private settle(runner: QueryRunner, committed: boolean | undefined): void {
    const waiting = this.waiting.get(runner) ?? [];
    this.waiting.delete(runner);
    for (const { tell, mayBeUndone } of waiting) {
      tell(committed && mayBeUndone ? undefined : committed);
    }
  }
}
