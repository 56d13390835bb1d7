import type { EntityManager, QueryRunner } from 'typeorm';
import { WorkflowException } from '../result/workflow.exception.js';

/** The connection on which a transaction of an EntityManager runs. */
export function runnerOf(manager: EntityManager): QueryRunner {
  const { queryRunner } = manager;
  if (queryRunner?.isTransactionActive) return queryRunner;
  throw new WorkflowException(
    'TRANSACTION_REQUIRED',
    'The EntityManager is not inside a transaction. Use the one given to the callback of dataSource.transaction().',
  );
}
