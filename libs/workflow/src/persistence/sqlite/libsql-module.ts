import { WorkflowException } from '../../result/workflow.exception.js';

const importLibsql = (): Promise<{ readonly default: unknown }> => import('libsql');

/**
 * Loads the optional peer `libsql`.
 *
 * @throws WorkflowException `DRIVER_MISSING`
 */
export const loadLibsql = async (load = importLibsql): Promise<unknown> => {
  try {
    return (await load()).default;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new WorkflowException(
      'DRIVER_MISSING',
      `The embedded database could not load the package "libsql": ${reason}. Fix: npm install libsql`,
      { cause },
    );
  }
};
