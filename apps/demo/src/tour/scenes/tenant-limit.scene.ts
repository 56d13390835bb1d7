import type { DemoAnswer, TenantId } from '../demo-client.js';
import type { Stage } from '../stage.js';

const TITLES = ['Gardener', 'Night watch', 'Accountant'];

/** The tenant "demo" may have two job posts, the tenant "luxgen" a hundred. */
export async function tenantLimitScene({ client, narrator }: Stage): Promise<void> {
  narrator.scene("A tenant's limit");
  const publish = (tenant: TenantId, title: string): Promise<DemoAnswer> =>
    client.send({
      path: '/api/v1/job-posts',
      tenant,
      body: { title, description: 'Work with us' },
    });
  const statuses: number[] = [];
  let last: DemoAnswer | undefined;
  for (const title of TITLES) {
    last = await publish('demo', title);
    statuses.push(last.status);
  }
  narrator.check('two posts are published, the third is refused: 403', statuses, [201, 201, 403]);
  narrator.check(
    'the envelope says why',
    last?.envelope.errors?.[0]?.code,
    'JOB_POST_LIMIT_REACHED',
  );

  const elsewhere = await publish('luxgen', 'Accountant');
  narrator.check('the other tenant has a limit of its own: 201', elsewhere.status, 201);

  const { envelope } = await client.send({ path: '/api/v1/activity', tenant: 'demo' });
  const activities = envelope.data as readonly { action: string; subject: string }[];
  narrator.check(
    'the activity of the tenant holds what happened, and nothing of the other tenant',
    activities.map(({ action, subject }) => `${action} ${subject}`).toSorted(),
    [
      'job_post_published Gardener',
      'job_post_published Night watch',
      'user_registered ada@example.com',
    ],
  );
}
