import type { ExecutionKey } from '../engine/journal.port.js';
import { announcementText, type Announcement } from './announcement.js';

/** Ends one batch names; of more, it only says that there are some. */
const MOST_ENDS = 5_000;

/** In this order: who waits must be known before the work begins that it waits for. */
const ORDER: readonly Announcement['kind'][] = [
  'hello',
  'here',
  'awaits',
  'heard',
  'look',
  'ended',
  'work',
];

/** What gathers between two messages; what is said twice is sent once. */
export class AnnouncementBatch {
  private readonly texts = new Map<string, Announcement['kind']>();
  private ends = new Map<string, ExecutionKey>();

  constructor(
    private readonly sender: string,
    /** Bytes; every letter of a message is one byte. */
    private readonly longestMessage: number,
  ) {}

  get isEmpty(): boolean {
    return this.texts.size === 0 && this.ends.size === 0;
  }

  add(announcement: Exclude<Announcement, { kind: 'ended' }>): void {
    this.texts.set(announcementText(this.sender, announcement), announcement.kind);
  }

  addEnd(key: ExecutionKey): void {
    this.ends.set(`${key.tenantId} ${key.executionId}`, key);
    if (this.ends.size > MOST_ENDS) this.forgetEnds();
  }

  /** Which executions ended is not known any more. */
  forgetEnds(): void {
    this.ends.clear();
    this.add({ kind: 'look' });
  }

  /** Messages of everything that has gathered; the batch is empty then. */
  take(): readonly string[] {
    const texts = [...this.texts, ...this.endTexts().map((text) => [text, 'ended'] as const)];
    this.texts.clear();
    this.ends = new Map();
    return texts.sort(([, a], [, b]) => ORDER.indexOf(a) - ORDER.indexOf(b)).map(([text]) => text);
  }

  private endTexts(): string[] {
    const texts: string[] = [];
    const empty = announcementText(this.sender, { kind: 'ended', keys: [] });
    let text = empty;
    for (const name of this.ends.keys()) {
      if (text.length + 1 + name.length > this.longestMessage) {
        texts.push(text);
        text = empty;
      }
      text += ` ${name}`;
    }
    if (text !== empty) texts.push(text);
    return texts;
  }
}
