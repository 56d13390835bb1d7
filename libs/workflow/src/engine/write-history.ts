import type { CheckedStep } from '../definition/checked-workflow.js';

/** Where writes reach a step from. */
interface Trace {
  /** Absent where traces only meet. */
  readonly writer?: CheckedStep;
  readonly before: readonly Trace[];
}

/**
 * Which of the steps before a step have written. Steps that wrote nothing leave no trace, so a long
 * graph with few writers is not walked again and again, and nothing grows with the square of it.
 */
export class WriteHistory {
  private readonly traces = new Map<CheckedStep, Trace>();

  constructor(private readonly hasWritten: (step: CheckedStep) => boolean) {}

  /**
   * Each after those whose writes it saw, else in definition order. Everything the step depends on
   * must have completed.
   */
  writersBefore(step: CheckedStep): CheckedStep[] {
    const found = new Set(this.tracesOf(step.dependencies));
    for (const { before } of found) for (const trace of before) found.add(trace);
    return [...found].flatMap(({ writer }) => writer ?? []).sort((a, b) => a.place - b.place);
  }

  private tracesOf(steps: readonly CheckedStep[]): readonly Trace[] {
    const traces = new Set(steps.map((step) => this.traceOf(step)));
    traces.delete(NOTHING);
    return [...traces];
  }

  /** Of the step itself and what is before it. Iterative: graphs may be deep. */
  private traceOf(step: CheckedStep): Trace {
    const waiting = [step];
    for (let next = waiting.at(-1); next; next = waiting.at(-1)) {
      const unknown = next.dependencies.filter((dependency) => !this.traces.has(dependency));
      if (unknown.length === 0 || this.traces.has(next)) {
        waiting.pop();
        this.traces.set(next, this.traces.get(next) ?? this.traceAfter(next));
      } else {
        waiting.push(...unknown);
      }
    }
    return this.traces.get(step) ?? NOTHING;
  }

  private traceAfter(step: CheckedStep): Trace {
    const before = [...new Set(step.dependencies.map((one) => this.traces.get(one) ?? NOTHING))];
    const known = before.filter((trace) => trace !== NOTHING);
    if (this.hasWritten(step)) return { writer: step, before: known };
    return known.length > 1 ? { before: known } : (known[0] ?? NOTHING);
  }
}

const NOTHING: Trace = { before: [] };
