import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Measurement } from '../measuring/measurement.js';
import type { Answer, Order, ParticipantSetup } from './participant-messages.js';

const SCRIPT = fileURLToPath(new URL('./participant.js', import.meta.url));

/** A subject in a process of its own. */
export class ParticipantProcess {
  private constructor(private readonly child: ChildProcess) {}

  static async open(setup: ParticipantSetup): Promise<ParticipantProcess> {
    const child = fork(SCRIPT, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const participant = new ParticipantProcess(child);
    await participant.order({ kind: 'open', setup });
    return participant;
  }

  async run(): Promise<Measurement> {
    const answer = await this.order({ kind: 'run' });
    if (answer.kind !== 'measured') throw new Error('The participant did not measure.');
    return answer.measurement;
  }

  async close(): Promise<void> {
    const gone = once(this.child, 'exit');
    this.child.send({ kind: 'close' } satisfies Order);
    await gone;
  }

  private order(order: Order): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        this.child.off('message', answered);
        this.child.off('exit', ended);
      };
      const answered = (answer: Answer): void => {
        settle();
        if (answer.kind === 'failed') reject(new Error(answer.reason));
        else resolve(answer);
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
