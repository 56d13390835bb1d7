import { randomBytes } from 'node:crypto';
import { RunningApp } from './running-app.mjs';

const VALID = { email: 'ada@example.com', name: 'Ada' };
const INVALID = { email: 'not an address', name: 'A' };

const isEnvelope = ({ status, body }, success) =>
  body?.success === success &&
  body.statusCode === status &&
  typeof body.message === 'string' &&
  (success || body.errors?.length > 0);

const seen = ({ status, text }) => `answered ${status} ${text.slice(0, 300)}`;

/** Starts the app on one HTTP adapter and looks at it as its clients would. */
export async function checkOverHttp(tally, folder, adapter) {
  const north = randomBytes(24).toString('hex');
  const south = randomBytes(24).toString('hex');
  const app = new RunningApp(folder, adapter, { API_KEY_NORTH: north, API_KEY_SOUTH: south });
  const check = (name, ok, detail) => tally.check(`${adapter}: ${name}`, ok, detail);
  const started = check('the app starts', await app.isListening(), 'no address was printed');
  try {
    if (started) await checkAnswers(app, check, { north, south });
  } catch (error) {
    check('every request is answered', false, String(error.cause ?? error));
  } finally {
    const ended = await app.stop();
    if (started) check('the app ends when asked to', ended, 'it had to be killed');
  }
}

async function checkAnswers(app, check, { north, south }) {
  const count = async () => JSON.stringify((await app.send('GET', '/count', north)).body);

  const created = await app.send('POST', '', north, VALID);
  check(
    'a valid body answers 201 with an envelope',
    created.status === 201 &&
      isEnvelope(created, true) &&
      created.text.includes(`north:${VALID.email}`),
    seen(created),
  );

  const id = created.body?.metadata?.executionId;
  const own = await app.send('GET', `/${id}`, north);
  check(
    'its tenant reads the execution',
    own.status === 200 && isEnvelope(own, true) && own.body.data?.id === id,
    seen(own),
  );

  const foreign = await app.send('GET', `/${id}`, south);
  check(
    'another tenant is answered 404',
    foreign.status === 404 && isEnvelope(foreign, false) && !foreign.text.includes(VALID.email),
    seen(foreign),
  );

  const before = await count();
  const refused = await app.send('POST', '', north, INVALID);
  check(
    'an invalid body answers 4xx with an envelope',
    refused.status >= 400 && refused.status < 500 && isEnvelope(refused, false),
    seen(refused),
  );
  const after = await count();
  check(
    'an invalid body stores nothing',
    /"count":[1-9]/.test(before) && before === after,
    `before ${before}, after ${after}`,
  );

  const anonymous = await app.send('POST', '', undefined, VALID);
  check('no credentials answer 401', anonymous.status === 401, seen(anonymous));
}
