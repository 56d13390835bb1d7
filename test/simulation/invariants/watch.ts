import type { Life } from '../cluster/life.js';
import type { Subject } from '../cluster/operation.js';
import type { ModelStore } from '../../support/model-store/model-store.js';
import type { ExecutionRow, TaskRow } from '../../support/model-store/store-dump.js';
import type { Change, Check, Report } from './moment.js';

interface Known {
  readonly execution?: ExecutionRow;
  readonly task?: TaskRow;
}

const NOTHING: Known = {};

/** Looks at the store after every operation, with the eyes of somebody who knows what was before. */
export class Watch {
  private readonly known = new Map<string, Known>();
  private effectsSeen = 0;

  constructor(
    private readonly store: ModelStore,
    private readonly checks: readonly Check[],
    private readonly report: Report,
  ) {}

  readonly observe = (subject: Subject, life: Life, result: unknown): void => {
    const { tables, transactions } = this.store;
    const changes = [...tables.changed].map((name) => this.change(name));
    const moment = {
      subject,
      life,
      result,
      now: tables.now,
      changes,
      taskBefore: (name: string) => this.known.get(name)?.task,
      added: tables.added.splice(0),
      effects: transactions.effects.slice(this.effectsSeen),
    };
    this.effectsSeen = transactions.effects.length;
    tables.changed.clear();
    for (const check of this.checks) check(moment, this.report);
    for (const { name, after } of changes) this.known.set(name, after);
  };

  private change(name: string): Change {
    const { tables } = this.store;
    return {
      name,
      before: this.known.get(name) ?? NOTHING,
      after: { execution: tables.executions.get(name), task: tables.tasks.get(name) },
    };
  }
}
