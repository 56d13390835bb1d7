import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ProfileSummary } from '../measuring/cpu-profile.js';
import type { Measurement } from '../measuring/measurement.js';
import type { MemoryState } from '../measuring/memory-state.js';
import type { Answer, Order, ParticipantSetup } from './participant-messages.js';

const SCRIPT = fileURLToPath(new URL('./participant.js', import.meta.url));

/** A subject in a process of its own. */
export class ParticipantProcess {
  private constructor(private readonly child: ChildProcess) {}

  static async open(setup: ParticipantSetup): Promise<ParticipantProcess> {
    const child = fork(SCRIPT, {
      // What a participant says must not mix with the report.
      stdio: ['ignore', 2, 2, 'ipc'],
      execArgv: ['--expose-gc'],
    });
    const participant = new ParticipantProcess(child);
    await participant.order({ kind: 'open', setup }, 'done');
    return participant;
  }

  async run(): Promise<Measurement> {
    return (await this.order({ kind: 'run' }, 'measured')).measurement;
  }

  async profile(): Promise<ProfileSummary> {
    return (await this.order({ kind: 'profile' }, 'profiled')).summary;
  }

  async weigh(): Promise<MemoryState> {
    return (await this.order({ kind: 'weigh' }, 'weighed')).state;
  }

  async close(): Promise<void> {
    if (!this.child.connected) return;
    const gone = once(this.child, 'exit');
    this.child.send({ kind: 'close' } satisfies Order);
    await gone;
  }

  private async order<K extends Answer['kind']>(order: Order, expected: K): Promise<AnswerOf<K>> {
    const answer = await this.answerTo(order);
    if (answer.kind === expected) return answer as AnswerOf<K>;
    throw new Error(
      answer.kind === 'failed' ? answer.reason : `Nobody asked for "${answer.kind}".`,
    );
  }

  private answerTo(order: Order): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        this.child.off('message', answered);
        this.child.off('exit', ended);
      };
      const answered = (answer: Answer): void => {
        settle();
        resolve(answer);
      };
      const ended = (code: number | null): void => {
        settle();
        reject(new Error(`The participant ended with ${code} before it answered.`));
      };
      this.child.on('message', answered);
      this.child.on('exit', ended);
      this.child.send(order);
    });
  }
}

type AnswerOf<K extends Answer['kind']> = Extract<Answer, { readonly kind: K }>;
