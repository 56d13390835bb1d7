import { expect, it } from '@jest/globals';
import { VirtualClock } from '../../support/virtual-clock.js';
import type { SharedDatabase } from '../support/postgres-instances.js';
import { CAPABILITY, creating, keyOf, pending, WORKER } from '../support/records.js';

/** Milliseconds between two readings of a clock that shows how long a look takes. */
const STEP = 50;

class TickingClock extends VirtualClock {
  private ticks = 0;

  override monotonic(): number {
    return (this.ticks += 1) * STEP;
  }
}

/** The rules of looks for due work that take long. */
export function lookRules(database: () => SharedDatabase): void {
  it('finds what comes due at once, and what came due unseen long ago before ten times as long', async () => {
    const { queue, journal, migrate } = await database().instance(new TickingClock());
    await migrate();
    const request = { workerId: WORKER, limit: 10, capabilities: [CAPABILITY] };
    const claim = async (): Promise<string[]> =>
      (await queue.claim(request)).map(({ executionId }) => executionId);
    expect(await claim()).toEqual([]);

    await journal.flush([creating(pending(1)), creating(pending(2))]);
    await database().query(
      `UPDATE workflow_task SET visible_at = now() - interval '1 hour' WHERE execution_id = $1`,
      [keyOf(1).executionId],
    );
    expect(await claim()).toEqual([keyOf(2).executionId]);

    const found: string[][] = [];
    for (let looks = 0; looks < 10; looks += 1) found.push(await claim());
    expect(found.flat()).toEqual([keyOf(1).executionId]);
    expect(found[0]).toEqual([]);
  });

  it('finds what a definition was missing for at once when it is there', async () => {
    const { queue, journal, migrate } = await database().instance(new TickingClock());
    await migrate();
    const request = { workerId: WORKER, limit: 10, capabilities: ['other', CAPABILITY] };
    expect(await queue.claim({ ...request, capabilities: ['other'] })).toEqual([]);
    await journal.flush([creating(pending(1))]);
    await database().query(`UPDATE workflow_task SET visible_at = now() - interval '1 hour'`);

    await queue.matchCapabilities(request.capabilities);

    expect(await queue.claim(request)).toMatchObject([keyOf(1)]);
  });
}
