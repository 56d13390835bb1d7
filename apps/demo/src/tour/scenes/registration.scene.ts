import { statusesOf } from '../envelope.js';
import { registrationOf, TOUR_PASSWORD } from '../registration-form.js';
import type { Stage } from '../stage.js';

const ALL_STEPS = {
  validateInput: 'completed',
  createUser: 'completed',
  sendWelcomeEmail: 'completed',
  logActivity: 'completed',
};

/** The same person registers with each tenant, and gets an account and a mail from each. */
export async function registrationScene({ client, narrator }: Stage): Promise<void> {
  narrator.scene('A registration with each tenant');
  const ada = registrationOf('Ada', 'Lovelace');
  for (const tenant of ['luxgen', 'demo'] as const) {
    const { status, envelope, text } = await client.send({
      path: '/api/v1/users',
      tenant,
      body: ada,
    });
    narrator.check('it answers 201 with an envelope', [status, envelope.success], [201, true]);
    narrator.check('all steps completed', statusesOf(envelope.metadata?.steps), ALL_STEPS);
    narrator.check('the password is not in the answer', text.includes(TOUR_PASSWORD), false);

    const users = await client.send({ path: '/api/v1/users', tenant });
    narrator.check('the tenant sees its own user only', users.envelope.data, [envelope.data]);
  }
}

export async function mailScene({ client, narrator }: Stage): Promise<void> {
  narrator.scene('The mails that arrived');
  const subjects = { luxgen: 'Welcome to LuxGen', demo: 'Welcome to Demo Company' };
  for (const tenant of ['luxgen', 'demo'] as const) {
    const { envelope } = await client.send({ path: '/mailbox', tenant });
    const mails = envelope.data as readonly { subject: string; to: string[] }[];
    narrator.check(
      'one mail of this tenant, to the new user',
      mails.map(({ subject, to }) => ({ subject, to })),
      [{ subject: subjects[tenant], to: ['ada@example.com'] }],
    );
  }
}
