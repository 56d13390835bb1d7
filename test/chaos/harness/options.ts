import { parseArgs } from 'node:util';

/** What the nemesis can do. */
export const FAULT_KINDS = [
  'kill',
  'pause',
  'stop',
  'terminate',
  'cut',
  'delay',
  'swallow',
  'commit',
] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];

export type StoreName = 'postgres' | 'sqlite';

/** Kinds of faults and how often each is drawn, relative to the others. */
export type FaultMix = Readonly<Partial<Record<FaultKind, number>>>;

export interface ChaosOptions {
  readonly store: StoreName;
  readonly executions: number;
  readonly faults: number;
  /** Milliseconds. */
  readonly lease: number;
  readonly workers: number;
  readonly seed: number;
  readonly mix: FaultMix;
  /** Milliseconds between two faults, on average; otherwise as fast as somebody is left to take over. */
  readonly gap: number | undefined;
  /** The positive control: takes away what keeps late writers out. */
  readonly unfenced: boolean;
  readonly json: boolean;
  /** Folder for what the workers say. */
  readonly logs: string | undefined;
}

export class UsageError extends Error {}

export const USAGE = `npm run chaos -- --store postgres|sqlite --executions N --faults N
  --lease MS                lease of a worker; default 2000
  --workers N               default 3 on PostgreSQL; always 1 on SQLite
  --seed N                  repeats the choices of an earlier run
  --kinds LIST              ${FAULT_KINDS.join(', ')}, or mixed for all; default kill,pause
  --gap MS                  average time between faults; default as fast as the workers come back
  --unsafe-disable-fencing  positive control: must report duplicates
  --logs FOLDER             keeps what the workers say
  --json                    one JSON object on stdout`;

/** Six of ten faults kill, four pause; when others are asked for as well, they share a half. */
const WEIGHTS: Readonly<Record<FaultKind, number>> = {
  kill: 6,
  pause: 4,
  stop: 1,
  terminate: 2,
  cut: 2,
  delay: 2,
  swallow: 3,
  commit: 3,
};

export function readOptions(args: readonly string[]): ChaosOptions {
  const { values } = parse(args);
  const store = oneOf(values.store ?? 'postgres', ['postgres', 'sqlite'] as const, '--store');
  const postgres = store === 'postgres';
  const unfenced = values['unsafe-disable-fencing'] ?? false;
  const usual = unfenced ? 'pause' : postgres ? 'kill,pause' : 'kill';
  const mix = mixOf(values.kinds ?? usual);
  if (!postgres && (unfenced || Object.keys(mix).some((kind) => kind !== 'kill'))) {
    throw new UsageError('On SQLite one process owns the file: it can be killed, and no more.');
  }
  return {
    store,
    executions: count(values.executions ?? '300', '--executions'),
    faults: count(values.faults ?? '8', '--faults'),
    lease: count(values.lease ?? '2000', '--lease'),
    workers: postgres ? count(values.workers ?? '3', '--workers') : 1,
    seed: count(values.seed ?? String(Date.now() % 1_000_000), '--seed'),
    mix,
    gap: values.gap === undefined ? undefined : count(values.gap, '--gap'),
    unfenced,
    json: values.json ?? false,
    logs: values.logs,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        store: { type: 'string' },
        executions: { type: 'string' },
        faults: { type: 'string' },
        lease: { type: 'string' },
        workers: { type: 'string' },
        seed: { type: 'string' },
        kinds: { type: 'string' },
        gap: { type: 'string' },
        logs: { type: 'string' },
        'unsafe-disable-fencing': { type: 'boolean' },
        json: { type: 'boolean' },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function mixOf(kinds: string): FaultMix {
  const names = kinds === 'mixed' ? FAULT_KINDS : kinds.split(',');
  const chosen = names.map((name) => oneOf(name, FAULT_KINDS, '--kinds'));
  return Object.fromEntries(chosen.map((kind) => [kind, WEIGHTS[kind]]));
}

function oneOf<T extends string>(given: string, allowed: readonly T[], option: string): T {
  const found = allowed.find((name) => name === given);
  if (found) return found;
  throw new UsageError(`${option}: "${given}" is none of ${allowed.join(', ')}.`);
}

function count(given: string, option: string): number {
  if (/^\d{1,9}$/.test(given)) return Number(given);
  throw new UsageError(`${option}: "${given}" is not a whole number.`);
}
