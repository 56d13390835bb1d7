import type { ExecutionKey } from '../engine/journal.port.js';

/** One thing a process says. None carries data of an execution, only what to look at. */
export type Announcement =
  /** Has just subscribed, and asks who else there is. */
  | { readonly kind: 'hello'; readonly worker: boolean }
  /** Lives, and hears or not; with a number it also tests whether its sender hears itself. */
  | {
      readonly kind: 'here';
      readonly worker: boolean;
      readonly hears: boolean;
      readonly probe: number;
    }
  /** Waits for executions that may end elsewhere. */
  | { readonly kind: 'awaits' }
  /** Tells ends from now on; what ended before, the one who waits has to look for. */
  | { readonly kind: 'heard'; readonly waiting: string }
  | { readonly kind: 'ended'; readonly keys: readonly ExecutionKey[] }
  /** Something ended; which executions it were is lost. */
  | { readonly kind: 'look' }
  /** Work is due that the sender has not taken. */
  | { readonly kind: 'work' };

export type Said = Announcement & { readonly sender: string };

/** Words of a message, separated by a space: no id has one. */
export function announcementText(sender: string, announcement: Announcement): string {
  return [announcement.kind, sender, ...detailsOf(announcement)].join(' ');
}

function detailsOf(announcement: Announcement): readonly (string | number)[] {
  switch (announcement.kind) {
    case 'hello':
      return [roleOf(announcement)];
    case 'here':
      return [roleOf(announcement), announcement.hears ? 'hears' : 'deaf', announcement.probe];
    case 'heard':
      return [announcement.waiting];
    case 'ended':
      return announcement.keys.flatMap(({ tenantId, executionId }) => [tenantId, executionId]);
    case 'awaits':
    case 'look':
    case 'work':
      return [];
  }
}

const roleOf = ({ worker }: { readonly worker: boolean }): string => (worker ? 'worker' : 'api');

/** Nothing for a text that is no message: anybody with access to the database can send one. */
export function saidIn(text: string): Said | undefined {
  const [kind = '', sender = '', ...details] = text.split(' ');
  if (sender === '') return undefined;
  const [first = '', second, third] = details;
  switch (kind) {
    case 'hello':
      return { kind, sender, worker: first === 'worker' };
    case 'here':
      return {
        kind,
        sender,
        worker: first === 'worker',
        hears: second === 'hears',
        probe: Number(third),
      };
    case 'heard':
      return { kind, sender, waiting: first };
    case 'ended':
      return { kind, sender, keys: keysIn(details) };
    case 'awaits':
    case 'look':
    case 'work':
      return { kind, sender };
    default:
      return undefined;
  }
}

function keysIn(words: readonly string[]): ExecutionKey[] {
  const keys: ExecutionKey[] = [];
  for (let i = 0; i + 1 < words.length; i += 2) {
    keys.push({ tenantId: String(words[i]), executionId: String(words[i + 1]) });
  }
  return keys;
}
