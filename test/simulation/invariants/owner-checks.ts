import { CLAIMS_IN_ISOLATION } from '../../../libs/workflow/src/engine/owned-execution.js';
import type { Life } from '../cluster/life.js';
import { nameOf } from '../../support/model-store/model-tables.js';
import { isCheckpoint, isPoisoned, type Change, type Check, type Moment } from './moment.js';

interface Ownership {
  readonly fence: number;
  readonly life: Life;
  /** Virtual milliseconds. */
  readonly since: number;
  /** It was taken over: nobody heard how it ended. */
  silent: boolean;
  /** It wrote a checkpoint: whatever ended it, the execution went on under it. */
  spoke: boolean;
  /** Nothing ran beside it in its process. */
  alone: boolean;
  /** It had it to end it, and never ran it. */
  readonly condemned: boolean;
}

/** Owners in a row that end without a word before an execution is given up. */
const OWNERS_BEFORE_POISON = 3;

/** Who owned what, since when, and how it ended: an execution is given up only when its owners died. */
export class OwnerChecks {
  private readonly ownerships = new Map<string, Ownership[]>();

  constructor(private readonly now: () => number) {}

  /** The fences under which a process has owned an execution; it may not know yet of the last one. */
  fencesOf(name: string, life: Life): readonly number[] {
    const owned = this.ownerships.get(name) ?? [];
    return owned.flatMap((each) => (each.life === life ? [each.fence] : []));
  }

  readonly check: Check = (moment, report) => {
    for (const change of moment.changes) {
      const { name, before } = change;
      if (isPoisoned(change)) {
        const owners = (this.ownerships.get(name) ?? []).filter(
          ({ fence, condemned }) => fence < (before.task?.fence ?? 0) && !condemned,
        );
        const last = owners.slice(-OWNERS_BEFORE_POISON);
        const blameless = last.filter((each) => !each.silent || each.spoke || this.wasWell(each));
        const wasAlone = owners.some(({ alone }) => alone);
        if (last.length < OWNERS_BEFORE_POISON || blameless.length > 0 || !wasAlone) {
          const names = last.map((each) => `${each.life.name}/${each.fence}`).join(' ');
          report('POISON', `${name} was given up, and not all of ${names} died under it`);
        }
      }
      this.note(change, moment);
    }
    for (const row of moment.added) {
      const owner = this.ownerships.get(nameOf(row))?.at(-1);
      if (owner?.fence === row.fence && isCheckpoint(row)) owner.spoke = true;
    }
  };

  private note({ name, before, after }: Change, { subject, life }: Moment): void {
    const known = this.ownerships.get(name) ?? [];
    const last = known.at(-1);
    if (last && subject.kind === 'isolate') last.alone = true;
    const isTaken = subject.kind === 'claim' || subject.kind === 'recover';
    if (last && isTaken && before.task?.workerId !== undefined) last.silent = true;
    // Given back in good order, it counts as if it had never been.
    if (last && before.task?.workerId !== undefined && after.task?.status === 'pending') {
      if (!isTaken) known.pop();
    }
    const { task } = after;
    if (task?.workerId === undefined || task.fence === before.task?.fence) return;
    known.push({
      fence: task.fence,
      life,
      since: this.now(),
      silent: false,
      spoke: false,
      alone: false,
      condemned: task.claims > CLAIMS_IN_ISOLATION,
    });
    this.ownerships.set(name, known);
  }

  private wasWell({ life, since }: Ownership): boolean {
    return !life.dead && !life.stopped && life.troubledAt < since;
  }
}
