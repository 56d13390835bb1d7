import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import type { StepDatabase } from '../../../libs/workflow/src/persistence/sql.step-transactions.js';
import type { Row } from '../../../libs/workflow/src/persistence/store-connection.js';
import type { Life } from './life.js';
import type { Link, Network } from './link.js';
import { Session } from './session.js';
import { answerInSession } from './transaction-statements.js';

/** What user code and the engine have of a transaction: its statements, over the runner's connection. */
export interface SessionManager {
  readonly runner: SessionRunner;
}

/** As much of a query runner as a transactional step uses. */
export class SessionRunner {
  private session: Session | undefined;

  constructor(private readonly open: () => Session) {}

  readonly manager = {
    transaction: async <T>(work: (manager: SessionManager) => Promise<T>): Promise<T> => {
      const session = this.open();
      this.session = session;
      try {
        const result = await work({ runner: this });
        await session.commit();
        return result;
      } catch (error) {
        await session.rollBack();
        throw error;
      }
    },
  };

  connect(): Promise<void> {
    return Promise.resolve();
  }

  query(statement: string, parameters: readonly unknown[]): Promise<readonly Row[]> {
    if (!this.session) throw new Error('There is no transaction.');
    return answerInSession(this.session, statement, parameters);
  }

  release(): Promise<void> {
    return Promise.resolve();
  }

  abandon(why: Error): void {
    this.session?.abandon(why);
  }
}

/** The database of transactional steps, over a link. */
export function sessionsOver(life: Life, link: Link, network: Network): StepDatabase {
  const createQueryRunner = (): SessionRunner =>
    new SessionRunner(() => new Session(life, link, network));
  return {
    dataSource: { createQueryRunner } as unknown as DataSource,
    queryOf: (manager: EntityManager) => {
      const { runner } = manager as unknown as SessionManager;
      return (statement, parameters) => runner.query(statement, parameters);
    },
    ...(network.plan.embedded
      ? {}
      : {
          abandon: (runner: QueryRunner, why: Error) =>
            (runner as unknown as SessionRunner).abandon(why),
        }),
  };
}
