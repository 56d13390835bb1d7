import type { DataSource, EntitySubscriberInterface, QueryRunner } from 'typeorm';

type OnEnd = (committed: boolean) => void;

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

  of(runner: QueryRunner): Promise<boolean> {
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
    if (runner.isTransactionActive) return;
    const waiting = this.waiting.get(runner) ?? [];
    this.waiting.delete(runner);
    for (const resolve of waiting) resolve(committed);
  }
}
