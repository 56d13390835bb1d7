import type { Databases } from '../databases/database.js';
import { inTurns } from '../measuring/compare.js';
import { ParticipantProcess } from '../participants/participant-process.js';
import type { Runs } from '../report/report.js';
import { EXECUTIONS } from '../workloads/sizes.js';
import { SharedSettings } from './shared-settings.js';

/** Lets subjects run, each in a process and on a database of its own. */
export class Stage {
  readonly settings = new SharedSettings();

  constructor(private readonly databases: Databases) {}

  /** Measures subjects in turns; the same name twice is the same code twice. */
  async measure(subjects: readonly string[], rounds: number): Promise<readonly Runs[]> {
    return this.withAll(subjects, async (participants) => {
      const measurements = await inTurns(participants, rounds);
      for (const [index, subject] of subjects.entries()) {
        for (const { settings } of measurements[index] ?? []) this.settings.note(subject, settings);
      }
      return subjects.map((subject, index) => ({
        subject,
        measurements: measurements[index] ?? [],
      }));
    });
  }

  async withParticipant<T>(
    subject: string,
    work: (participant: ParticipantProcess) => Promise<T>,
    executions = EXECUTIONS,
  ): Promise<T> {
    const participant = await this.open(subject, executions);
    try {
      return await work(participant);
    } finally {
      await participant.close();
    }
  }

  private async withAll<T>(
    subjects: readonly string[],
    work: (participants: readonly ParticipantProcess[]) => Promise<T>,
  ): Promise<T> {
    const participants: ParticipantProcess[] = [];
    try {
      for (const subject of subjects) participants.push(await this.open(subject, EXECUTIONS));
      return await work(participants);
    } finally {
      for (const participant of participants) await participant.close();
    }
  }

  private async open(subject: string, executions: number): Promise<ParticipantProcess> {
    const database = await this.databases.create();
    return ParticipantProcess.open({ subject, database, executions });
  }
}
