import type { FaultKind, StoreName } from './options.js';

/** Times from losing an owner to the next claim. */
export interface Recovery {
  readonly orphans: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** What is in the database, and what was done outside of it, when all is over. */
export interface Census {
  readonly completed: number;
  readonly failed: number;
  /** Codes of the errors of failed executions. */
  readonly failures: Readonly<Record<string, number>>;
  /** Acknowledged, and not there. */
  readonly lost: number;
  /** Not ended although nothing has disturbed it for long. */
  readonly stuck: number;
  readonly duplicatedTransactional: number;
  readonly missingTransactional: number;
  /** Allowed: a worker died, or lost its lease, between the effect and the checkpoint. */
  readonly repeatedPlain: number;
  readonly missingPlain: number;
  readonly integrity: string;
  /** Rows of the view of what breaks an invariant, and how many say the same. */
  readonly invariantViolations: number;
  readonly violated: Readonly<Record<string, number>>;
}

export interface ChaosReport extends Census {
  readonly store: StoreName;
  readonly seed: number;
  readonly lease: number;
  readonly workers: number;
  readonly fencing: boolean;
  readonly seconds: number;
  /** Executions per second that the workers did undisturbed, and the most that were started. */
  readonly capacity: number;
  readonly rate: number;
  /** Starts that were acknowledged. */
  readonly started: number;
  /** Starts whose answer was lost and that were not repeated: they may exist, and then complete. */
  readonly unanswered: number;
  readonly faults: Readonly<Partial<Record<FaultKind, number>>>;
  readonly fenceRejections: number;
  readonly recoveryMs: Recovery;
  readonly workersDiedUnexpectedly: number;
  /** Workers that did not close in time when all was over. */
  readonly stoppedByForce: number;
  /** Workers that gave up their boot while the database was out of reach. */
  readonly bootsRefused: number;
  /** What the deaths that nobody ordered said last. */
  readonly lastWords: readonly string[];
}

/** What must not be, each with its figure. */
export function violations(report: ChaosReport): string[] {
  const { lost, stuck, duplicatedTransactional, missingTransactional, missingPlain } = report;
  const counts = {
    lost,
    stuck,
    duplicatedTransactional,
    missingTransactional,
    missingPlain,
    workersDiedUnexpectedly: report.workersDiedUnexpectedly,
    invariantViolations: report.invariantViolations,
  };
  return [
    ...Object.entries(counts).flatMap(([name, value]) => (value === 0 ? [] : [`${name} ${value}`])),
    ...(report.integrity === 'ok' ? [] : [`integrity ${report.integrity}`]),
  ];
}

/** The report as a person reads it. */
export function summary(report: ChaosReport): string {
  const { recoveryMs, faults } = report;
  const broken = violations(report);
  const lines = [
    `${report.store}, ${report.workers} worker(s), lease ${report.lease} ms, fencing ${report.fencing ? 'on' : 'OFF'}, seed ${report.seed}`,
    `  ${report.seconds} s; capacity ${report.capacity}/s, started at most ${report.rate}/s`,
    `  faults: ${Object.entries(faults)
      .map(([kind, times]) => `${kind} ${times}`)
      .join(', ')}`,
    `  started ${report.started} (${report.unanswered} more unanswered), completed ${report.completed}, failed ${report.failed} ${JSON.stringify(report.failures)}`,
    `  lost ${report.lost}, stuck ${report.stuck}`,
    `  transactional effects: duplicated ${report.duplicatedTransactional}, missing ${report.missingTransactional}`,
    `  plain effects: repeated ${report.repeatedPlain}, missing ${report.missingPlain}`,
    `  fence rejections ${report.fenceRejections}`,
    `  recovery of ${recoveryMs.orphans} orphans: p50 ${recoveryMs.p50} ms, p99 ${recoveryMs.p99} ms, max ${recoveryMs.max} ms`,
    `  workers that died unexpectedly ${report.workersDiedUnexpectedly}, boots refused ${report.bootsRefused}, stopped by force ${report.stoppedByForce}`,
    ...Object.entries(report.violated).map(([what, times]) => `  ${what}, ${times} times`),
    ...report.lastWords.map((words) => `  last words: ${words}`),
    broken.length === 0 ? 'All held.' : `VIOLATED: ${broken.join(', ')}`,
  ];
  return lines.join('\n');
}
