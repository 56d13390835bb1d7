import { randomUUID } from 'node:crypto';
import type { DemoAnswer } from '../demo-client.js';
import { registrationOf } from '../registration-form.js';
import type { Stage } from '../stage.js';

/** An answer without what differs between any two requests. */
const alike = ({ status, envelope }: DemoAnswer, id: string): unknown =>
  JSON.parse(
    JSON.stringify({ status, envelope }, (key, value: unknown) => {
      if (key === 'timestamp') return 'then';
      return typeof value === 'string' ? value.replaceAll(id, 'the id') : value;
    }),
  );

export async function isolationScene({ client, narrator }: Stage): Promise<void> {
  narrator.scene("Another tenant's execution");
  const { executionId = '' } = await client.send({
    path: '/api/v1/users',
    tenant: 'luxgen',
    body: registrationOf('Edsger', 'Dijkstra'),
  });
  const path = `/api/v1/executions/${executionId}`;
  const own = await client.send({ path, tenant: 'luxgen' });
  narrator.check('its own tenant finds it: 200', own.status, 200);

  const foreign = await client.send({ path, tenant: 'demo' });
  narrator.check(
    'another tenant does not: 404',
    [foreign.status, foreign.envelope.errors?.[0]?.code],
    [404, 'EXECUTION_NOT_FOUND'],
  );

  const absentId = randomUUID();
  const absent = await client.send({ path: `/api/v1/executions/${absentId}`, tenant: 'demo' });
  narrator.check(
    'an id that nobody has gets the same answer',
    alike(absent, absentId),
    alike(foreign, executionId),
  );
}
