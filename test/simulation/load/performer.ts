import type { WorkflowContext } from '../../../libs/workflow/src/context/workflow-context.js';
import type { Cluster } from '../cluster/cluster.js';
import type { SessionManager } from '../cluster/session-runner.js';
import type { Worker } from '../cluster/worker.js';
import type { StepChecks } from '../invariants/step-checks.js';
import type { Trace } from '../world/trace.js';
import type { Fate } from './plan.js';

/** What an execution is started with: what its steps will do. */
export interface Script {
  /** Whoever stores it loses it. */
  readonly garbled?: true;
  readonly fates: Readonly<Record<string, readonly Fate[]>>;
}

const COMPLETES: Fate = { takes: 0, outcome: 'completes', heeds: false };

/** Plays the code of the steps. */
export class Performer {
  private performances = 0;

  constructor(
    private readonly cluster: Cluster,
    private readonly checks: StepChecks,
    private readonly trace: Trace,
    private readonly now: () => number,
  ) {}

  readonly perform = async (context: WorkflowContext): Promise<unknown> => {
    const worker = this.cluster.active;
    if (!worker) throw new Error('Nobody performs this step.');
    const { executionId, stepId, retryCount } = context;
    this.performances += 1;
    const token = `${stepId}.${this.performances}`;
    this.trace.note(this.now(), worker.life.name, 'performs', () => `${executionId} ${token}`);
    const isTransactional = this.checks.stepBegins(worker.life, context);
    const fates = (context.input as Script).fates[stepId] ?? [];
    const fate = fates[Math.min(retryCount, fates.length - 1)] ?? COMPLETES;
    await this.passes(worker, fate.takes / 2, fate, context.signal);
    if (isTransactional) {
      const { runner } = context.manager as unknown as SessionManager;
      const effect = JSON.stringify([context.tenantId, executionId, stepId, token]);
      await runner.query('write', [effect]);
    }
    await this.passes(worker, fate.takes / 2, fate, context.signal);
    return this.outcome(worker, fate, token, context.signal);
  };

  private outcome(worker: Worker, fate: Fate, token: string, signal: AbortSignal): unknown {
    switch (fate.outcome) {
      case 'completes':
        return token;
      case 'fails':
        throw new Error(`${token} failed`);
      case 'refuses':
        throw Object.assign(new Error(`${token} is refused`), { retryable: false });
      case 'reports':
        return { success: false, message: `${token} reports`, statusCode: 503 };
      case 'hangs':
        return this.passes(worker, Infinity, fate, signal);
      case 'kills':
        this.cluster.kill(worker);
        return new Promise(() => undefined);
    }
  }

  private passes(
    { life }: Worker,
    time: number,
    { heeds }: Fate,
    signal: AbortSignal,
  ): Promise<void> {
    if (time === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const onAbort = (): void => reject(signal.reason as Error);
      if (heeds) signal.addEventListener('abort', onAbort, { once: true });
      if (time === Infinity) return;
      life.after(time, () => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      });
    });
  }
}
