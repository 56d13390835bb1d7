import type { EngineLog } from '../engine/engine.port.js';
import type { ExecutionKey } from '../engine/journal.port.js';
import type { Clock } from '../runtime/clock.js';
import type { Random } from '../runtime/random.js';
import { announcementText, saidIn, type Said } from './announcement.js';
import { AnnouncementSender } from './announcement-sender.js';
import { Announcements } from './announcements.port.js';
import { BEAT, HEARING_TIME, HearingTest } from './hearing-test.js';
import { Peers } from './peers.js';
import type { ProcessChannel } from './process-channel.port.js';
import type { ResultPoll } from './result-poll.js';
import type { WakeUps } from './wake-ups.js';

/** Milliseconds for which what a process has said of itself holds. */
const MEMORY = 3 * BEAT;

/** Who speaks. */
export interface Speaker {
  /** The process, in this life. */
  readonly id: string;
  /** Whether it advances executions. */
  readonly worker: boolean;
}

/**
 * The protocol between the processes of one database. A process that waits for ends elsewhere says
 * so; the others then tell the ends of what they run, and answer once, so that the one who waits
 * looks for what ended before they knew. Where nobody waits, and nobody else is there, nothing is
 * said. Everything is a hint: polls find what a lost message would have told.
 */
export class ProcessAnnouncements extends Announcements {
  private readonly sender: AnnouncementSender;
  private readonly hearing: HearingTest;
  private readonly peers: Peers;
  private wakeUps: WakeUps | undefined;
  private closed = false;
  private deaf = false;
  /** Until the first test has been passed, nobody knows. */
  private hearsItself = false;
  private outage = false;
  /** While there is no subscription, nobody knows who would hear. */
  private subscribedAt = Infinity;
  /** Until then, somebody else waits for ends. */
  private awaitedUntil = -Infinity;
  private saidAwaitsAt = -Infinity;

  constructor(
    private readonly speaker: Speaker,
    private readonly channel: ProcessChannel,
    private readonly results: ResultPoll,
    private readonly clock: Clock,
    random: Random,
    private readonly log: EngineLog,
  ) {
    super();
    this.peers = new Peers(clock, MEMORY);
    this.sender = new AnnouncementSender(speaker.id, channel, clock, () => {
      this.saidAwaitsAt = -Infinity;
    });
    this.hearing = new HearingTest(clock, random, {
      probe: (number) => this.probe(number),
      works: () => this.hears(),
      deaf: () => this.hearsNothing(),
      silent: () => channel.resubscribe(new Error('Nothing is heard on the subscription.')),
    });
  }

  /** @param wakeUps what wakes the worker of this process */
  start(wakeUps: WakeUps): void {
    this.wakeUps = wakeUps;
    this.channel.open({
      subscribed: () => this.subscribed(),
      heard: (message) => this.hear(message),
      lost: (cause) => this.lost(cause),
    });
  }

  override ended(key: ExecutionKey): void {
    if (this.clock.monotonic() < this.awaitedUntil && !this.deaf) this.sender.sayEnded(key);
  }

  override workLeft(): void {
    if (this.mayBeHeard(this.peers.anyWorker)) this.sender.say({ kind: 'work' });
  }

  override endExpected(): void {
    const now = this.clock.monotonic();
    if (now < this.saidAwaitsAt + BEAT || !this.mayBeHeard(this.peers.any)) return;
    this.saidAwaitsAt = now;
    this.sender.say({ kind: 'awaits' });
  }

  override async close(): Promise<void> {
    this.closed = true;
    this.hearing.stop();
    this.wakeUps?.stop();
    await this.sender.close();
    await this.channel.close();
  }

  private subscribed(): void {
    this.greet();
    this.sender.resume();
    this.hearing.begin();
  }

  private greet(): void {
    this.subscribedAt = this.clock.monotonic();
    this.sender.say({ kind: 'hello', worker: this.speaker.worker });
    this.peerAppeared();
    // What was announced while nothing was heard here.
    this.results.lookSoon();
    if (this.speaker.worker) this.wakeUps?.workHeard(this.peers.workersBeside(undefined));
  }

  private lost(cause: unknown): void {
    this.subscribedAt = Infinity;
    this.hearing.stop();
    this.sender.pause();
    this.ceaseToHear();
    if (this.outage || this.closed) return;
    this.outage = true;
    this.log.warn({
      code: 'NOTIFICATIONS_LOST',
      message: 'Other processes are not heard; results and work of theirs are polled for.',
      cause,
    });
  }

  private hears(): void {
    this.hearsItself = true;
    this.pollAsNeeded();
    if (!this.deaf && !this.outage) return;
    const { deaf } = this;
    this.deaf = false;
    this.outage = false;
    this.log.note({ code: 'NOTIFICATIONS_HEARD', message: 'Other processes are heard again.' });
    if (deaf) this.greet();
  }

  private hearsNothing(): void {
    if (this.deaf) return;
    this.deaf = true;
    this.ceaseToHear();
    this.log.warn({
      code: 'NOTIFICATIONS_UNHEARD',
      message:
        'The database does not deliver notifications to this process, as behind a pooler that shares connections by transaction; results and work of other processes are polled for. Give the engine a DataSource that connects directly, or set store.notifications to false.',
    });
  }

  /** Whoever waits for what runs here must not wait to be told. */
  private ceaseToHear(): void {
    this.hearsItself = false;
    this.pollAsNeeded();
    if (!this.closed) this.channel.probe(this.signOfLife(0)).catch(() => undefined);
  }

  private pollAsNeeded(): void {
    this.results.pollOften(!this.hearsItself || this.peers.anyDeafWorker);
  }

  private signOfLife(probe: number): string {
    const { id, worker } = this.speaker;
    // Who is only about to find out is taken to hear.
    const hears = this.hearsItself || (!this.deaf && this.subscribedAt < Infinity);
    return announcementText(id, { kind: 'here', worker, hears, probe });
  }

  private async probe(number: number): Promise<void> {
    await this.channel.probe(this.signOfLife(number));
    if (this.results.awaitsElsewhere()) this.endExpected();
  }

  private hear(message: string): void {
    const said = this.closed ? undefined : saidIn(message);
    if (!said) return;
    if (said.sender !== this.speaker.id) this.hearOther(said);
    else if (said.kind === 'here') this.hearing.heard(said.probe);
  }

  private hearOther(said: Said): void {
    switch (said.kind) {
      case 'hello':
        this.peers.noted(said.sender, { worker: said.worker, hears: true });
        this.sender.say({ kind: 'here', worker: this.speaker.worker, hears: true, probe: 0 });
        this.peerAppeared();
        this.pollAsNeeded();
        return;
      case 'here':
        if (this.peers.noted(said.sender, said)) this.peerAppeared();
        this.pollAsNeeded();
        return;
      case 'awaits':
        this.tellEndsTo(said.sender);
        return;
      case 'heard':
        if (said.waiting === this.speaker.id) this.results.lookSoon();
        return;
      case 'look':
        this.results.lookSoon();
        return;
      case 'ended':
        this.results.ended(said.keys);
        return;
      case 'work':
        if (this.speaker.worker) this.wakeUps?.workHeard(this.peers.workersBeside(said.sender));
        return;
    }
  }

  private tellEndsTo(waiting: string): void {
    const now = this.clock.monotonic();
    // As long as ends were told anyway, the one who waits has missed none.
    if (now >= this.awaitedUntil) this.sender.say({ kind: 'heard', waiting });
    this.awaitedUntil = now + MEMORY;
  }

  /** Somebody does not know yet what is awaited here. */
  private peerAppeared(): void {
    this.saidAwaitsAt = -Infinity;
    if (this.results.awaitsElsewhere()) this.endExpected();
  }

  /** Those who were there before may not have answered yet. */
  private mayBeHeard(known: boolean): boolean {
    if (this.deaf || this.closed) return false;
    return known || this.clock.monotonic() < this.subscribedAt + HEARING_TIME;
  }
}
