import { randomUUID } from 'node:crypto';
import type { DemoAnswer } from '../demo-client.js';
import type { Stage } from '../stage.js';

export async function idempotencyScene({ client, narrator }: Stage): Promise<void> {
  narrator.scene('A request that is sent more than once');
  const headers = { 'idempotency-key': randomUUID() };
  const publish = (description: string): Promise<DemoAnswer> =>
    client.send({
      path: '/api/v1/job-posts',
      tenant: 'luxgen',
      body: { title: 'Lighthouse keeper', description },
      headers,
    });
  const [first, second] = await Promise.all([publish('By the sea'), publish('By the sea')]);
  const later = await publish('By the sea');
  const answers = [first, second, later];
  narrator.check(
    'each is answered 201',
    answers.map(({ status }) => status),
    [201, 201, 201],
  );
  narrator.check(
    'each with the same execution',
    new Set(answers.map(({ executionId }) => executionId)).size,
    1,
  );

  const { envelope } = await client.send({ path: '/api/v1/job-posts', tenant: 'luxgen' });
  const posts = envelope.data as readonly { title: string }[];
  narrator.check(
    'there is one such post',
    posts.filter(({ title }) => title === 'Lighthouse keeper').length,
    1,
  );

  const other = await publish('In the mountains');
  narrator.check(
    'the key with another body is refused: 422',
    [other.status, other.envelope.errors?.[0]?.code],
    [422, 'IDEMPOTENCY_MISMATCH'],
  );
}
