/**
 * What the protocol rests on: every condition, lock, order and suppression of a duplicate, by the
 * statement it belongs to. A simulation drops one at a time, to see that its absence is noticed.
 */
export const PROTOCOL_RULES = [
  'create.once',
  'create.one-per-key',
  'create.key-of-tenant',
  'create.key-of-workflow',
  'apply.fence',
  'apply.run',
  'apply.worker',
  'apply.waits-for-transactions',
  'checkpoint.first-writer',
  'attempt.first-writer',
  'attempt.due-later',
  'own-end.is-end',
  'own-end.finished',
  'own-end.run',
  'own-end.fence',
  'end.takes-task',
  'end.keeps-fence',
  'park.frees',
  'park.forgives',
  'park.due-later',
  'release.frees',
  'release.raises-fence',
  'release.uncounts',
  'suspend.frees',
  'suspend.sleeps',
  'claim.due',
  'claim.capability',
  'claim.skips-transactions',
  'claim.longest-due-first',
  'claim.priority',
  'claim.limit',
  'claim.raises-fence',
  'claim.leases',
  'claim.counts',
  'claim.suspect-counts-no-further',
  'claim.checkpoint-speaks',
  'claim.speaks-under-own-fence',
  'claim.freed-is-not-silent',
  'claim.reads-this-run',
  'claim.reads-completed',
  'claim.reads-attempts',
  'claim.attempts-of-run',
  'foresee.known-only',
  'foresee.horizon',
  'isolate.fence',
  'isolate.worker',
  'isolate.notes',
  'extend.fence',
  'extend.worker',
  'extend.leases',
  'extend.tells-lost',
  'transaction.lock-fence',
  'transaction.lock-run',
  'transaction.lock-worker',
  'transaction.holds',
  'transaction.recheck',
  'transaction.first-writer',
  'transaction.effects-roll-back',
  'transaction.own-checkpoint-fence',
  'transaction.awaits-own-end',
  'cancel.unfinished-only',
  'cancel.raises-fence',
  'cancel.waits-for-transactions',
  'retry.failed-only',
  'retry.raises-run',
  'retry.raises-fence',
  'recover.owned-only',
  'recover.raises-fence',
  'recover.frees',
  'recover.without-leases-only',
  'suspend-unknown.free-only',
  'suspend-unknown.unknown-only',
  'suspend-unknown.without-leases-only',
  'resume.suspended-only',
  'resume.known-only',
  'resume.curable-only',
] as const;

export type ProtocolRule = (typeof PROTOCOL_RULES)[number];

/** Says which rules count: all, or all but one. */
export class ProtocolRules {
  constructor(private readonly dropped?: ProtocolRule) {}

  /** A condition of the protocol; true when it has been dropped. */
  holds(rule: ProtocolRule, condition: boolean): boolean {
    return condition || this.dropped === rule;
  }

  keeps(rule: ProtocolRule): boolean {
    return this.dropped !== rule;
  }
}
