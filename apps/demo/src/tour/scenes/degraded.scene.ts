import { statusesOf } from '../envelope.js';
import { registrationOf } from '../registration-form.js';
import type { Stage } from '../stage.js';

/** A step that is not critical fails, and the execution goes on without it. */
export async function degradedScene({ client, narrator }: Stage): Promise<void> {
  narrator.scene('A mail that no server takes');
  const { status, envelope } = await client.send({
    path: '/api/v1/users',
    tenant: 'luxgen',
    body: registrationOf('Alan', 'Turing', 'nobody.example'),
  });
  const steps = statusesOf(envelope.metadata?.steps);
  narrator.check(
    'the mail failed, and the registration stands: 201, degraded',
    [status, envelope.degraded, steps['sendWelcomeEmail'], steps['logActivity']],
    [201, true, 'failed', 'completed'],
  );
  narrator.check('the envelope says why', envelope.errors?.[0]?.code, 'MAIL_REFUSED');
}
