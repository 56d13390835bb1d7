import { Chance } from '../world/chance.js';
import {
  CALL_FAULTS,
  INCIDENTS,
  type CallFault,
  type Command,
  type Fate,
  type Incident,
  type IncidentKind,
  type Plan,
} from './plan.js';
import { TENANTS } from '../cluster/tenants.js';
import { LEASES, STEPS_OF, WORKFLOW_IDS } from './workflows.js';

/** In the length of the fault phase, in units. */
const PHASE = 60;

/** What one process and its file can suffer. */
const WITHIN_ONE_PROCESS: ReadonlySet<CallFault | IncidentKind> = new Set<CallFault | IncidentKind>(
  [
    'serialization',
    'refusal',
    'slow-call',
    'crash',
    'shutdown',
    'deploy',
    'read-only',
    'missing-tenant',
  ],
);

/** Draws what a seed is about. Each seed leaves some classes of faults out, else some states are never reached. */
export function planOf(seed: number): Plan {
  const chance = new Chance(seed);
  const embedded = chance.happens(0.2);
  const lease = chance.oneOf(LEASES);
  const unit = lease / 10;
  const nodes = embedded ? 1 : 1 + chance.below(3);
  const phase = PHASE * unit;
  const on = <T extends CallFault | IncidentKind>(kinds: readonly T[]): T[] =>
    kinds.filter((kind) => {
      const drawn = chance.happens(0.4);
      return drawn && (!embedded || WITHIN_ONE_PROCESS.has(kind));
    });
  const callFaults = Object.fromEntries(
    on(CALL_FAULTS).map((kind) => [kind, chance.oneOf([0.01, 0.05, 0.2])]),
  );
  const incidents = on(INCIDENTS).flatMap((kind) => drawIncidents(chance, kind, nodes, unit));
  return {
    seed,
    embedded,
    lease,
    unit,
    nodes,
    concurrency: chance.oneOf([1, 2, 3, 8]),
    parallelSteps: chance.oneOf([1, 2, 16]),
    pollInterval: Math.max(10, unit * chance.oneOf([2, 5, 15])),
    longestWaitInMemory: unit * chance.oneOf([0, 3]),
    flushesInFlight: embedded ? 1 : chance.oneOf([1, 2]),
    notifications: !embedded && chance.happens(0.5),
    latency: unit * chance.oneOf([0.02, 0.1, 0.3]),
    clockSkew: Array.from({ length: nodes }, () =>
      chance.happens(0.2) ? chance.between(-1, 1) * 3_600_000 : 0,
    ),
    callFaults,
    incidents,
    commands: drawCommands(chance, nodes, unit, phase),
    healsAt: phase,
  };
}

function drawIncidents(
  chance: Chance,
  kind: IncidentKind,
  nodes: number,
  unit: number,
): Incident[] {
  const most = kind === 'crash' || kind === 'pause' ? 4 : 2;
  return Array.from({ length: 1 + chance.below(most) }, () => ({
    kind,
    at: chance.between(0, PHASE) * unit,
    length: unit * chance.oneOf([0.5, 4, 12, 25]),
    node: chance.below(nodes),
  }));
}

function drawCommands(chance: Chance, nodes: number, unit: number, phase: number): Command[] {
  const starts = 1 + chance.below(5);
  const orders = chance.happens(0.5) ? 1 + chance.below(4) : 0;
  const rough = chance.oneOf([0, 0.15, 0.5]);
  const deadly = chance.happens(0.1) ? 0.2 : 0;
  const commands: Command[] = [];
  for (let i = 0; i < starts; i += 1) {
    const workflow = chance.oneOf(WORKFLOW_IDS);
    commands.push({
      kind: 'start',
      at: chance.between(0, phase * 0.8),
      node: chance.below(nodes),
      tenant: chance.oneOf(TENANTS).id,
      workflow,
      key: chance.happens(0.3) ? `key${chance.below(2)}` : undefined,
      garbled: chance.happens(0.02),
      fates: Object.fromEntries(
        (STEPS_OF.get(workflow) ?? []).map((step) => [
          step,
          drawFates(chance, unit, rough, deadly),
        ]),
      ),
    });
  }
  // Somebody who asks the same again, because he does not know whether he was heard.
  const repeated = commands.flatMap((command) => {
    if (command.kind !== 'start' || command.key === undefined || !chance.happens(0.5)) return [];
    const later = command.at + chance.between(0, 10) * unit;
    return [{ ...command, at: later, node: chance.below(nodes) }];
  });
  commands.push(...repeated);
  for (let i = 0; i < orders; i += 1) {
    commands.push({
      kind: chance.oneOf(['cancel', 'retry', 'retry'] as const),
      at: chance.between(0, phase),
      node: chance.below(nodes),
      pick: chance.next(),
    });
  }
  return commands;
}

function drawFates(chance: Chance, unit: number, rough: number, deadly: number): Fate[] {
  const fates: Fate[] = [];
  do {
    const outcome = drawOutcome(chance, rough, deadly);
    const takes = unit * chance.oneOf([0, 0.1, 1, 6]);
    fates.push({ takes, outcome, heeds: chance.happens(0.5) });
  } while (fates.length < 4 && fates.at(-1)?.outcome !== 'completes');
  return fates;
}

function drawOutcome(chance: Chance, rough: number, deadly: number): Fate['outcome'] {
  if (chance.happens(deadly)) return 'kills';
  if (!chance.happens(rough)) return 'completes';
  return chance.oneOf(['fails', 'fails', 'fails', 'refuses', 'reports', 'hangs'] as const);
}
