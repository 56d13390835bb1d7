import type { Cluster } from '../cluster/cluster.js';
import type { WorkflowOutcome } from '../../../libs/workflow/src/result/workflow-result.js';
import { tenantOf } from '../cluster/tenants.js';
import type { Worker } from '../cluster/worker.js';
import type { AnswerChecks } from '../invariants/answer-checks.js';
import type { ModelTables } from '../../support/model-store/model-tables.js';
import type { Trace } from '../world/trace.js';
import type { Scheduler } from '../world/scheduler.js';
import { definitionsOf } from './workflows.js';
import type { Command, Plan } from './plan.js';
import type { Script } from './performer.js';

/** Those who start, cancel and retry, and remember what they were told. */
export class Users {
  /** Waits for a result, by the process that was asked. */
  readonly waiting = new Set<{ readonly worker: Worker; readonly executionId: string }>();

  /** Processes that have an order which is not answered, once for each. */
  readonly asking: Worker[] = [];

  constructor(
    private readonly plan: Plan,
    private readonly scheduler: Scheduler,
    private readonly cluster: Cluster,
    private readonly tables: ModelTables,
    private readonly answers: AnswerChecks,
    private readonly trace: Trace,
  ) {}

  begin(): void {
    for (const command of this.plan.commands) {
      this.scheduler.after(command.at, () => {
        const worker = this.cluster.serving(command.node);
        if (!worker) return;
        worker.life.after(0, () => {
          if (worker.ready) this.give(command, worker);
        });
      });
    }
  }

  private give(command: Command, worker: Worker): void {
    if (command.kind === 'start') {
      this.start(command, worker);
      return;
    }
    const executions = [...this.tables.executions.values()];
    const wanted =
      command.kind === 'retry' && command.pick < 0.8
        ? executions.filter(({ status }) => status === 'failed')
        : executions;
    const target = wanted[Math.floor(command.pick * wanted.length)];
    if (!target) return;
    const key = { tenantId: target.tenantId, executionId: target.id };
    this.note(worker, `orders ${command.kind} ${target.id}`);
    if (command.kind === 'cancel') {
      this.asking.push(worker);
      void worker.runtime
        .cancel(key)
        .then(
          (cancelled) => this.answers.cancelAnswered(key, cancelled),
          (error: unknown) => this.answers.orderRefused('cancel', error),
        )
        .finally(() => this.answered(worker));
      return;
    }
    this.wait(worker, key, worker.runtime.retry(key, tenantOf(key.tenantId)), 'retry');
  }

  private start(command: Extract<Command, { kind: 'start' }>, worker: Worker): void {
    const workflow = definitionsOf(this.plan.unit, worker.release).latest(command.workflow);
    if (!workflow) return;
    const tenant = tenantOf(command.tenant);
    const input: Script = command.garbled
      ? { garbled: true, fates: command.fates }
      : { fates: command.fates };
    const order = {
      workflow,
      tenant,
      context: { tenantSlug: tenant.slug, userPermissions: [], data: {}, metadata: {} },
      input,
      idempotencyKey: command.key,
    };
    this.note(worker, `orders start ${workflow.id}@${workflow.version} ${command.key ?? ''}`);
    this.asking.push(worker);
    void worker.runtime
      .start(order)
      .then(
        (started) => {
          if (!started.accepted) return;
          const { executionId, joined } = started;
          const key = { tenantId: tenant.id, executionId };
          this.note(worker, `was told of ${executionId}${joined ? ', joined' : ''}`);
          this.answers.startAnswered(key, joined, workflow, command, input);
          this.wait(worker, key, started.result(), 'result');
        },
        (error: unknown) => this.answers.startRefused(error, workflow, command, input),
      )
      .finally(() => this.answered(worker));
  }

  private wait(
    worker: Worker,
    key: { readonly tenantId: string; readonly executionId: string },
    result: Promise<WorkflowOutcome<unknown>>,
    order: 'result' | 'retry',
  ): void {
    const wait = { worker, executionId: key.executionId };
    this.waiting.add(wait);
    result.then(
      (outcome) => {
        this.waiting.delete(wait);
        this.note(worker, `has the result of ${key.executionId}`);
        this.answers.resultGiven(key, outcome, definitionsOf(this.plan.unit, worker.release));
      },
      (error: unknown) => {
        this.waiting.delete(wait);
        this.answers.orderRefused(order, error);
      },
    );
  }

  private answered(worker: Worker): void {
    this.asking.splice(this.asking.indexOf(worker), 1);
  }

  private note({ life }: Worker, what: string): void {
    this.trace.note(this.scheduler.now, life.name, what);
  }
}
