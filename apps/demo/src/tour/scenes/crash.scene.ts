import { randomUUID } from 'node:crypto';
import type { DemoRequest } from '../demo-client.js';
import { statusesOf, type EnvelopeStep } from '../envelope.js';
import { registrationOf } from '../registration-form.js';
import type { Stage } from '../stage.js';

const BEFORE_THE_KILL = ['createUser', 'validateInput'];
const AFTER_THE_KILL = ['logActivity', 'sendWelcomeEmail'];

/** One line of what the steps themselves wrote down when they began. */
interface StepRun {
  readonly stepId: string;
  readonly processId: number;
}

/** The process is killed when two steps are finished and the other two have not begun. */
export async function crashScene(stage: Stage): Promise<void> {
  const { server, client, narrator } = stage;
  narrator.scene('A server that is killed between two steps');
  narrator.check('the server stops cleanly when asked', await server.stop(), 'exit code 0');
  const killed = await server.start(AFTER_THE_KILL);
  narrator.say(`Process ${killed.pid} will pause before ${AFTER_THE_KILL.join(' and ')}.`);

  const registration: DemoRequest = {
    path: '/api/v1/users',
    tenant: 'luxgen',
    body: registrationOf('Grace', 'Hopper'),
    headers: { 'idempotency-key': randomUUID() },
  };
  const answer = client.sendUnlessCutOff(registration);
  const executionId = await killed.pausedBefore(AFTER_THE_KILL);
  await checkHalfDone(stage, executionId);

  narrator.check(`SIGKILL to process ${killed.pid}`, await server.kill(), 'SIGKILL');
  narrator.check('the client was cut off without an answer', await answer, undefined);

  const successor = await server.start();
  narrator.say(`Process ${successor.pid} starts on the same database.`);
  narrator.say('The client does what clients do: it sends the same request again.');
  const repeated = await client.send(registration);
  narrator.check(
    'it joins the execution, which was finished by the new process: 201',
    [repeated.status, repeated.executionId],
    [201, executionId],
  );
  await checkDoneOnce(stage, executionId, killed.pid, successor.pid);
}

const runsOf = async ({ client }: Stage, executionId: string): Promise<readonly StepRun[]> => {
  const path = `/api/v1/executions/${executionId}/step-runs`;
  return (await client.send({ path, tenant: 'luxgen' })).envelope.data as readonly StepRun[];
};

const namesOf = (runs: readonly StepRun[]): string[] => runs.map(({ stepId }) => stepId).toSorted();

async function checkHalfDone(stage: Stage, executionId: string): Promise<void> {
  const { client, narrator } = stage;
  const { envelope } = await client.send({
    path: `/api/v1/executions/${executionId}`,
    tenant: 'luxgen',
  });
  const { results } = envelope.data as { results: readonly EnvelopeStep[] };
  narrator.check('two steps are finished, two are about to begin', statusesOf(results), {
    validateInput: 'completed',
    createUser: 'completed',
    sendWelcomeEmail: 'running',
    logActivity: 'running',
  });
  narrator.check(
    'the finished ones ran once',
    namesOf(await runsOf(stage, executionId)),
    BEFORE_THE_KILL,
  );
}

async function checkDoneOnce(
  stage: Stage,
  executionId: string,
  killed: number,
  successor: number,
): Promise<void> {
  const { client, narrator } = stage;
  const runs = await runsOf(stage, executionId);
  const ranIn = (processId: number): string[] =>
    namesOf(runs.filter((run) => run.processId === processId));
  for (const { stepId, processId } of runs) narrator.say(`${stepId} ran in process ${processId}`);
  narrator.check('no finished step ran twice', ranIn(killed), BEFORE_THE_KILL);
  narrator.check('the others ran in the new process', ranIn(successor), AFTER_THE_KILL);
  narrator.check('each step ran exactly once', runs.length, 4);

  const users = await client.send({ path: '/api/v1/users', tenant: 'luxgen' });
  const accounts = users.envelope.data as readonly { email: string }[];
  narrator.check(
    'there is one account',
    accounts.filter(({ email }) => email === 'grace@example.com').length,
    1,
  );
  const mailbox = await client.send({ path: '/mailbox', tenant: 'luxgen' });
  const mails = mailbox.envelope.data as readonly { to: string[] }[];
  narrator.check(
    'and one welcome mail',
    mails.map(({ to }) => to),
    [['grace@example.com']],
  );
}
