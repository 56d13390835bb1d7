import type { Recovery } from './report.js';

/** A task changed hands. Logged by a trigger, in the commit that did it. */
export interface Handover {
  readonly execution: string;
  /** The life of a worker that wrote it. */
  readonly by: string;
  /** It is the writer's now; else it is nobody's. */
  readonly taken: boolean;
  /** Milliseconds since the epoch, by the database's clock. */
  readonly at: number;
}

/** A life that was killed or stopped. */
export interface Loss {
  readonly life: string;
  readonly at: number;
}

/** A claim may commit on the server when its sender is gone already. */
const ON_ITS_WAY = 100;

/** How long executions waited for their next claim after their owner was lost. */
export function recoveryOf(handovers: readonly Handover[], losses: readonly Loss[]): Recovery {
  const lossesOf = grouped(losses, ({ life }) => life);
  const histories = [...grouped(handovers, ({ execution }) => execution).values()];
  return percentiles(histories.flatMap((history) => waitsOf(history, lossesOf)));
}

function waitsOf(
  history: readonly Handover[],
  lossesOf: ReadonlyMap<string, readonly Loss[]>,
): number[] {
  return history.flatMap((held, index) => {
    const left = history[index + 1];
    const next = history.slice(index + 1).find(({ taken }) => taken);
    // Who wakes up in time ends or parks its execution itself: nobody has to recover it.
    if (!held.taken || !left || !next || (!left.taken && left.by === held.by)) return [];
    // The last one: who was stopped, woke up in time, and was killed later, is missed since then.
    const loss = lossesOf
      .get(held.by)
      ?.findLast(({ at }) => at >= held.at - ON_ITS_WAY && at < left.at);
    return loss ? [next.at - Math.max(loss.at, held.at)] : [];
  });
}

function percentiles(waits: readonly number[]): Recovery {
  const sorted = waits.toSorted((a, b) => a - b);
  const at = (share: number): number =>
    Math.round(sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0);
  return { orphans: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1) };
}

function grouped<T>(items: readonly T[], nameOf: (item: T) => string): ReadonlyMap<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(nameOf(item));
    if (group) group.push(item);
    else groups.set(nameOf(item), [item]);
  }
  return groups;
}
