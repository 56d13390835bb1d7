import type { Store } from '../databases/database.js';
import { openDatabases } from '../databases/open-databases.js';
import type { ProfileSummary } from '../measuring/cpu-profile.js';
import { Stage } from './stage.js';

/** Runs a subject once, warm, under the profiler. */
export async function profileSubject(store: Store, subject: string): Promise<ProfileSummary> {
  const databases = await openDatabases(store);
  try {
    const stage = new Stage(databases);
    return await stage.withParticipant(subject, (participant) => participant.profile());
  } finally {
    await databases.close();
  }
}
