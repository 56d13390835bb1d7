import type { DataSource, EntitySubscriberInterface, QueryRunner } from 'typeorm';

/** Undefined when the connection went away, so that nobody was told. */
type OnEnd = (committed: boolean | undefined) => void;

/** Tells when the transaction of a connection is over, and how. */
export class TransactionEnds {
  private readonly waiting = new WeakMap<QueryRunner, OnEnd[]>();
  private readonly subscriber: EntitySubscriberInterface = {
    afterTransactionCommit: ({ queryRunner }) => this.ended(queryRunner, true),
    afterTransactionRollback: ({ queryRunner }) => this.ended(queryRunner, false),
  };

  constructor(private readonly dataSource: DataSource) {
    dataSource.subscribers.push(this.subscriber);
  }

  of(runner: QueryRunner): Promise<boolean | undefined> {
    if (!this.waiting.has(runner)) this.noticeRelease(runner);
    return new Promise((resolve) => {
      this.waiting.set(runner, [...(this.waiting.get(runner) ?? []), resolve]);
    });
  }

  stop(): void {
    const { subscribers } = this.dataSource;
    const index = subscribers.indexOf(this.subscriber);
    if (index >= 0) subscribers.splice(index, 1);
  }

  private ended(runner: QueryRunner, committed: boolean): void {
    // A savepoint ends like a transaction; the transaction around it goes on.
    if (!runner.isTransactionActive) this.settle(runner, committed);
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
    for (const resolve of waiting) resolve(committed);
  }
}
