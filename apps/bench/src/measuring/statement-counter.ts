import { effectsOf } from './sql-effect.js';

/** What was sent to a database. */
export interface StatementCounts {
  readonly statements: number;
  /** Commits of transactions that wrote, with or without a word of their own. */
  readonly writeTransactions: number;
}

interface OpenTransaction {
  wrote: boolean;
}

/** Counts what connections send, each connection with a transaction of its own. */
export class StatementCounter {
  private statements = 0;
  private writeTransactions = 0;
  private readonly open = new WeakMap<object, OpenTransaction>();

  /** A connection was told to run a text of SQL. */
  sent(connection: object, sql: string): void {
    for (const effect of effectsOf(sql)) {
      this.statements += 1;
      const transaction = this.open.get(connection);
      switch (effect) {
        case 'begin':
          this.open.set(connection, { wrote: false });
          break;
        case 'commit':
          if (transaction?.wrote) this.writeTransactions += 1;
          this.open.delete(connection);
          break;
        case 'roll-back':
          this.open.delete(connection);
          break;
        case 'write':
          if (transaction) transaction.wrote = true;
          else this.writeTransactions += 1;
          break;
        case 'read':
          break;
      }
    }
  }

  counts(): StatementCounts {
    const { statements, writeTransactions } = this;
    return { statements, writeTransactions };
  }
}
