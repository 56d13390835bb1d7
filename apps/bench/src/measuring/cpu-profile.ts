import type { Profiler } from 'node:inspector';

/** Where the time of a profile went, most first. */
export interface ProfileSummary {
  readonly milliseconds: number;
  readonly functions: readonly ProfileShare[];
  readonly packages: readonly ProfileShare[];
}

export interface ProfileShare {
  readonly name: string;
  readonly milliseconds: number;
  /** Of all the time in which something ran. */
  readonly share: number;
}

const INSTALLED = /\/node_modules\/((?:@[^/]+\/)?[^/]+)\//;
const OWN = /\/(libs|apps)\/([^/]+)\//;
const IDLE = '(idle)';

/** Adds up self time by function and by package. */
export function summarise({ nodes, samples, timeDeltas }: Profiler.Profile): ProfileSummary {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const functions = new Map<string, number>();
  const packages = new Map<string, number>();
  let total = 0;
  for (const [index, id] of (samples ?? []).entries()) {
    const frame = frames.get(id);
    if (!frame || frame.functionName === IDLE) continue;
    const milliseconds = (timeDeltas?.[index] ?? 0) / 1000;
    total += milliseconds;
    add(functions, nameOf(frame), milliseconds);
    add(packages, packageOf(frame), milliseconds);
  }
  const ranked = (times: ReadonlyMap<string, number>): ProfileShare[] =>
    [...times]
      .map(([name, milliseconds]) => ({ name, milliseconds, share: milliseconds / total }))
      .sort((a, b) => b.milliseconds - a.milliseconds);
  return { milliseconds: total, functions: ranked(functions), packages: ranked(packages) };
}

function add(times: Map<string, number>, name: string, milliseconds: number): void {
  times.set(name, (times.get(name) ?? 0) + milliseconds);
}

function nameOf({ functionName, url, lineNumber }: CallFrame): string {
  const name = functionName === '' ? '(anonymous)' : functionName;
  return url === '' ? name : `${name} ${shortened(url)}:${lineNumber + 1}`;
}

/** Garbage collection and the engine's own code have no file. */
function packageOf({ functionName, url }: CallFrame): string {
  const installed = lastMatch(url, INSTALLED);
  if (installed) return installed;
  const own = OWN.exec(url);
  if (own) return `${own[1]}/${own[2]}`;
  if (url.startsWith('node:')) return 'node';
  return functionName.startsWith('(') ? functionName : '(native)';
}

function shortened(url: string): string {
  const installed = url.lastIndexOf('/node_modules/');
  if (installed >= 0) return url.slice(installed + '/node_modules/'.length);
  const own = OWN.exec(url);
  return own ? url.slice(own.index + 1) : url;
}

function lastMatch(url: string, pattern: RegExp): string | undefined {
  const tail = url.slice(Math.max(0, url.lastIndexOf('/node_modules/')));
  return pattern.exec(tail)?.[1];
}

type CallFrame = Profiler.ProfileNode['callFrame'];
