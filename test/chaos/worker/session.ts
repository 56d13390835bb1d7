import type { Point } from './points.js';

/** What is asked of a database. */
export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

type Pass = (when: Point['when'], statement: Statement, transaction: readonly string[]) => void;

/** The statements of one connection, and those that its transaction has executed. */
export class Session {
  private transaction: string[] | undefined;

  constructor(private readonly pass: Pass) {}

  /** Does something that may be the place of the failure. */
  around<T>(text: string, work: () => T): T {
    const statement = statementOf(text);
    this.reach('before', statement);
    const result = work();
    this.answered(statement);
    return result;
  }

  /** The same, where the answer comes later than the sending. */
  async aroundAnswer<T>(
    text: string,
    values: readonly unknown[],
    send: () => Promise<T>,
  ): Promise<T> {
    const statement = statementOf(text, values);
    this.reach('before', statement);
    const answer = send();
    this.reach('sent', statement);
    const result = await answer;
    this.answered(statement);
    return result;
  }

  private answered(statement: Statement): void {
    const { text } = statement;
    if (/^(BEGIN|START TRANSACTION)/.test(text)) this.transaction = [];
    this.transaction?.push(text);
    this.reach('after', statement);
    if (/^(COMMIT|ROLLBACK)/.test(text)) this.transaction = undefined;
  }

  private reach(when: Point['when'], statement: Statement): void {
    this.pass(when, statement, this.transaction ?? []);
  }
}

const statementOf = (text: string, values: readonly unknown[] = []): Statement => ({
  text: text.trim(),
  values,
});
