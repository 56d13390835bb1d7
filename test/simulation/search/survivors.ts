import type { ProtocolRule } from '../../support/model-store/protocol-rules.js';

const IMPLIED_BY_FENCE =
  'The fence implies it: every run of an execution, and every worker that claims it, has fences of its own.';

const RAISED_BY_CLAIM =
  'The next claim raises the fence before anybody writes again, and without an owner nobody is taken for one.';

const KEPT_BY_LOCK =
  'The lock at the beginning of the transaction keeps the task from every change of its owner until the end; this is the second of two bars.';

/** Rules whose absence nobody can notice, and why. */
export const SURVIVORS: Readonly<Partial<Record<ProtocolRule, string>>> = {
  'apply.run': IMPLIED_BY_FENCE,
  'own-end.run': IMPLIED_BY_FENCE,
  'transaction.lock-run': IMPLIED_BY_FENCE,
  'own-end.is-end':
    'After its end an owner sends only that end again, or gives back what it could not hear of, and nobody reads the answer to that.',
  'own-end.finished':
    'An execution that has not ended has the fence 0, or that of an earlier run; no owner has either.',
  'release.raises-fence': RAISED_BY_CLAIM,
  'recover.raises-fence': RAISED_BY_CLAIM,
  'claim.priority': 'There is one priority only, so the order by it changes nothing.',
  'claim.freed-is-not-silent':
    'Whoever has left has either set the count to nothing or raised the fence, under which nothing is written yet.',
  'isolate.worker': IMPLIED_BY_FENCE,
  'transaction.lock-worker':
    'Only who has parked keeps its fence without being the worker, and it begins no transaction after that; a lock that arrives late ends with its broken connection, and writes nothing.',
  'transaction.recheck': KEPT_BY_LOCK,
  'transaction.own-checkpoint-fence':
    'Whoever could have lost its task by the time it looks has let go of it at two thirds of its lease, and hears no answer any more; this is the second of two bars.',
  'transaction.first-writer':
    'A claim reads what is recorded, and a step is repeated only after its last transaction has ended; the primary key is the second of two bars.',
  'resume.suspended-only': 'Only what is suspended has a reason, and a reason is asked for.',
};
