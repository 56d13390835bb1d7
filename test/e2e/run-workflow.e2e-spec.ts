import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { connect } from 'node:net';
import {
  BadRequestException,
  Body,
  ClassSerializerInterceptor,
  ConflictException,
  Controller,
  Get,
  HttpCode,
  Param,
  Post,
  Put,
  ServiceUnavailableException,
  UseInterceptors,
  ValidationPipe,
  VersioningType,
} from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';
import {
  createWorkflowError,
  NonRetryableError,
  RunWorkflow,
  WorkflowResultInterceptor,
} from '@luxgen/workflow';
import { eventually } from '../support/eventually.js';
import { gate, Tally } from '../support/gate.js';
import {
  claimsOf,
  HeaderAuthGuard,
  httpApp,
  PLATFORMS,
  type HttpApp,
  type HttpAppSetup,
} from '../support/http-app.js';
import type { Answer } from '../support/http-client.js';
import {
  ADA,
  GRACE,
  Mailer,
  Stage,
  StageWorkflow,
  UserRegistrationWorkflow,
  Users,
  usersController,
  VALID,
} from '../support/http-sample.js';
import { VirtualClock } from '../support/virtual-clock.js';

const SAMPLE = [UserRegistrationWorkflow, Users, Mailer, StageWorkflow, Stage];
const GUARDED = [...SAMPLE, { provide: APP_GUARD, useClass: HeaderAuthGuard }];
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const SECRET = 'hunter2';
const LEAK = `insert into "account" failed: duplicate key (postgres://root:${SECRET}@10.0.0.7/crm)`;

@Controller('stage')
class StageController {
  @Post()
  @RunWorkflow(StageWorkflow)
  run(@Body() _body: unknown) {}

  @Put()
  @RunWorkflow(StageWorkflow)
  replace(@Body() _body: unknown) {}

  @Get()
  @RunWorkflow(StageWorkflow)
  look() {}

  @Post('at-once')
  @RunWorkflow(StageWorkflow, { wait: 0 })
  atOnce(@Body() _body: unknown) {}

  @Post('patient')
  @RunWorkflow(StageWorkflow, { wait: 12_345 })
  patient(@Body() _body: unknown) {}

  @Post('mapped/:kind')
  @RunWorkflow(StageWorkflow, {
    input: (kind: string, body: { amount: number }) => ({ kind, amount: body.amount }),
  })
  mapped(@Param('kind') _kind: string, @Body() _body: { amount: number }) {}

  @Post('returned')
  @RunWorkflow(StageWorkflow)
  returned(@Body() body: unknown) {
    return { wrapped: body };
  }

  @Post('unknown')
  @RunWorkflow('no-such-workflow')
  unknown(@Body() _body: unknown) {}

  @Post('throws')
  @RunWorkflow(StageWorkflow)
  throws(@Body() _body: unknown) {
    throw new BadRequestException(['amount must be positive']);
  }

  @Post('coded')
  @HttpCode(203)
  @RunWorkflow(StageWorkflow)
  coded(@Body() _body: unknown) {}

  @Post('serialized')
  @UseInterceptors(ClassSerializerInterceptor)
  @RunWorkflow(StageWorkflow)
  serialized(@Body() _body: unknown) {}

  @Post('enveloped-above')
  @UseInterceptors(WorkflowResultInterceptor)
  @RunWorkflow(StageWorkflow)
  envelopedAbove(@Body() _body: unknown) {}

  @Post('enveloped-below')
  @RunWorkflow(StageWorkflow)
  @UseInterceptors(WorkflowResultInterceptor)
  envelopedBelow(@Body() _body: unknown) {}
}

const stored = (running: HttpApp): Promise<number> =>
  running.manager.runAsSystem('a test counts', async () => {
    const { total } = await running.manager.getWorkflowStatistics();
    return total;
  });

const idOf = (answer: Answer): string => String(answer.headers['x-workflow-id']);

const codesOf = (answer: Answer): unknown => answer.body.errors?.map(({ code }) => code);

describe.each(PLATFORMS)('a workflow behind a route of %s', (platform) => {
  let running: HttpApp;
  let stage: Stage;

  beforeAll(async () => {
    running = await httpApp(platform, {
      controllers: [usersController('global'), StageController],
      providers: GUARDED,
      options: { limits: { payloadBytes: 20_000 } },
    });
    stage = running.app.get(Stage);
  });

  afterEach(() => {
    stage.act = (context) => context.input;
  });

  afterAll(() => running?.close());

  const register = (
    body: unknown = VALID,
    headers: readonly (readonly [string, string])[] = [],
    as = ADA,
  ): Promise<Answer> => running.send('/api/v1/users', { method: 'POST', body, headers, as });

  const act = (body: unknown = {}, path = '/stage'): Promise<Answer> =>
    running.send(path, { body, as: ADA });

  describe('that completes in time', () => {
    it('answers 201 with the envelope of the result', async () => {
      const answer = await register();

      expect(answer).toMatchObject({
        status: 201,
        body: {
          success: true,
          statusCode: 201,
          data: { userId: 'acme:ada@example.com', email: 'ada@example.com' },
          tenantId: 'acme',
          workflowId: 'user-registration',
          metadata: {
            executionId: expect.stringMatching(UUID),
            workflowVersion: '1.0.0',
            steps: [
              { stepId: 'validateInput', stepName: 'Validate the input', status: 'completed' },
              { stepId: 'createUser', status: 'completed', attempts: 1 },
              { stepId: 'sendWelcomeEmail', status: 'completed', attempts: 1 },
            ],
          },
        },
      });
      expect(answer.body.errors).toBeUndefined();
      expect(answer.headers).toMatchObject({
        'content-type': expect.stringContaining('application/json'),
        'x-workflow-id': answer.body.metadata?.executionId,
        'x-workflow-status': 'success',
      });
      expect(answer.headers.location).toBeUndefined();
    });

    it('says of its metadata ids, times, names, statuses and attempts, and nothing else', async () => {
      const { body } = await register();

      const times = { startTime: expect.any(String), endTime: expect.any(String) };
      const step = {
        stepId: expect.any(String),
        stepName: expect.any(String),
        status: 'completed',
        ...times,
        duration: expect.any(Number),
        attempts: 1,
      };
      expect(body.metadata).toEqual({
        executionId: expect.stringMatching(UUID),
        workflowVersion: '1.0.0',
        ...times,
        duration: expect.any(Number),
        steps: [step, step, step],
        tenantContext: { tenantId: 'acme', tenantSlug: 'acme-slug', tenantName: 'Tenant acme' },
      });
    });

    it('is a degraded success when only a step that is not critical failed', async () => {
      const mailer = running.app.get(Mailer);
      const original = mailer.send;
      mailer.send = () => {
        throw new Error(LEAK);
      };

      const answer = await register();
      mailer.send = original;

      expect(answer).toMatchObject({
        status: 201,
        body: {
          success: true,
          degraded: true,
          data: { userId: 'acme:ada@example.com' },
          errors: [{ code: 'STEP_FAILED', stepId: 'sendWelcomeEmail' }],
        },
      });
      expect(answer.text).not.toContain(SECRET);
    });

    it.each([
      ['PUT', 200],
      ['GET', 200],
      ['POST', 201],
    ])('answers a %s with %d', async (method, status) => {
      const answer = await running.send('/stage', {
        method,
        as: ADA,
        ...(method === 'GET' ? {} : { body: { a: 1 } }),
      });

      expect(answer).toMatchObject({ status, body: { success: true, statusCode: status } });
    });

    it('answers with the status that the route declares', async () => {
      expect(await act({}, '/stage/coded')).toMatchObject({
        status: 203,
        body: { success: true, statusCode: 203 },
      });
    });

    it('can be read at the route of its application', async () => {
      const id = idOf(await register());

      const answer = await running.send(`/api/v1/users/${id}`, { as: ADA });

      expect(answer).toMatchObject({
        status: 200,
        body: { success: true, statusCode: 200, data: { id, status: 'completed' } },
      });
    });
  });

  describe('that does not complete in time', () => {
    it('answers 202 with a Location that follows it to its end', async () => {
      const held = gate();
      stage.act = async () => {
        await held.passed;
        return 'done';
      };

      const accepted = await act({}, '/stage/at-once');
      const location = String(accepted.headers.location);
      const during = await running.send(location, { as: ADA });
      held.open();
      const after = await eventually(async () => {
        const answer = await running.send(location, { as: ADA });
        return (answer.body.data as { endTime?: string }).endTime && answer;
      });

      const id = idOf(accepted);
      expect(accepted).toMatchObject({
        status: 202,
        headers: { 'x-workflow-status': 'success' },
        body: { success: true, statusCode: 202, data: { executionId: id, location } },
      });
      expect(during).toMatchObject({
        status: 200,
        body: { statusCode: 200, data: { id, status: 'running', currentStep: 'act' } },
      });
      expect(after).toMatchObject({
        status: 200,
        body: { data: { id, status: 'completed', results: [{ status: 'completed' }] } },
      });
    });

    it('shows at its Location a failure as a successful reading', async () => {
      const held = gate();
      stage.act = async () => {
        await held.passed;
        throw new ConflictException('The name is taken');
      };

      const location = String((await act({}, '/stage/at-once')).headers.location);
      held.open();
      const after = await eventually(async () => {
        const answer = await running.send(location, { as: ADA });
        return (answer.body.data as { endTime?: string }).endTime && answer;
      });

      expect(after).toMatchObject({
        status: 200,
        body: {
          success: true,
          statusCode: 200,
          data: { status: 'failed', errors: [{ message: 'The name is taken', stepId: 'act' }] },
        },
      });
    });

    it('goes on when the client leaves', async () => {
      const entered = new Tally();
      const held = gate();
      stage.act = async () => {
        entered.mark();
        await held.passed;
        return 'done';
      };
      const before = await stored(running);
      const { port } = new URL(running.url);
      const socket = connect(Number(port), '127.0.0.1');
      socket.write(
        `POST /stage HTTP/1.1\r\nHost: x\r\nX-User: ${claimsOf(ADA)}\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}`,
      );
      await entered.reached(1);
      socket.destroy();
      held.open();

      const last = await eventually(async () => {
        const [newest] = await running.manager.runAsTenant('acme', () =>
          running.manager.getTenantExecutions(undefined, { limit: 1 }),
        );
        return newest?.endTime ? newest : undefined;
      });
      expect(last).toMatchObject({ workflowId: 'stage', status: 'completed' });
      expect(await stored(running)).toBe(before + 1);
    });

    it('T08 shows nothing at its Location to another tenant', async () => {
      const held = gate();
      stage.act = () => held.passed;
      const location = String((await act({}, '/stage/at-once')).headers.location);

      const answer = await running.send(location, { as: GRACE });
      held.open();

      expect(answer.status).toBe(404);
      expect(codesOf(answer)).toEqual(['EXECUTION_NOT_FOUND']);
    });
  });

  describe('that gets an input it cannot use', () => {
    it('answers 422 and stores nothing', async () => {
      const before = await stored(running);

      const answer = await register({ email: 'nobody', name: 'A' });

      expect(answer).toMatchObject({
        status: 422,
        headers: { 'x-workflow-status': 'error' },
        body: {
          success: false,
          statusCode: 422,
          errors: [
            { code: 'INPUT_INVALID', details: { fields: [{ path: 'email' }, { path: 'name' }] } },
          ],
        },
      });
      expect(answer.headers['x-workflow-id']).toBeUndefined();
      expect(await stored(running)).toBe(before);
    });

    it.each([
      ['nothing', undefined],
      ['a list', []],
      ['an object in place of a text', { email: { $ne: 1 }, name: { $gt: '' } }],
    ])('refuses %s in place of the input', async (_what, body) => {
      const before = await stored(running);

      const answer = await running.send('/api/v1/users', { method: 'POST', body, as: ADA });

      expect([400, 422]).toContain(answer.status);
      expect(answer.body).toMatchObject({ success: false, statusCode: answer.status });
      expect(await stored(running)).toBe(before);
    });

    it('does not start when the method refuses', async () => {
      const before = await stored(running);

      const answer = await act({}, '/stage/throws');

      expect(answer).toMatchObject({
        status: 400,
        body: {
          success: false,
          statusCode: 400,
          errors: [{ code: 'REQUEST_INVALID', details: { messages: ['amount must be positive'] } }],
        },
      });
      expect(await stored(running)).toBe(before);
    });

    it('T32 answers 413 to an input that is larger than what is stored', async () => {
      const before = await stored(running);

      const answer = await act({ text: 'x'.repeat(30_000) });

      expect(answer).toMatchObject({ status: 413, body: { success: false, statusCode: 413 } });
      expect(codesOf(answer)).toEqual(['PAYLOAD_TOO_LARGE']);
      expect(await stored(running)).toBe(before);
    });
  });

  describe('whose input the route makes', () => {
    it('from the parameters of the method', async () => {
      const answer = await act({ amount: 3, more: true }, '/stage/mapped/refund');

      expect(answer.body.data).toEqual({ kind: 'refund', amount: 3 });
    });

    it('from what the method returns', async () => {
      const answer = await act({ amount: 3 }, '/stage/returned');

      expect(answer.body.data).toEqual({ wrapped: { amount: 3 } });
    });

    it.each(['/stage/serialized', '/stage/enveloped-above', '/stage/enveloped-below'])(
      'whatever other interceptors the method has: %s',
      async (path) => {
        const answer = await act({ amount: 3 }, path);

        expect(answer).toMatchObject({
          status: 201,
          body: {
            statusCode: 201,
            data: { amount: 3 },
            workflowId: 'stage',
            metadata: { steps: [{ stepId: 'act', attempts: 1 }] },
          },
        });
        expect(idOf(answer)).toMatch(UUID);
      },
    );

    it('T12 never takes the tenant from it', async () => {
      stage.act = (context) => context.tenantId;

      const answer = await act({ tenantId: 'globex', tenantSlug: 'globex-slug', tenant: 'globex' });

      expect(answer.body).toMatchObject({ data: 'acme', tenantId: 'acme' });
    });
  });

  describe('that fails', () => {
    it.each([
      [new ConflictException('The name is taken'), 409, 'HTTP_409', 'The name is taken'],
      [new ServiceUnavailableException('Closed'), 503, 'HTTP_503', 'Closed'],
      [new NonRetryableError('Expired', { code: 'CARD', statusCode: 402 }), 402, 'CARD', 'Expired'],
      [new NonRetryableError('No'), 500, 'STEP_REPORTED_FAILURE', 'No'],
      [
        createWorkflowError('STOCK', 'Sold out', undefined, undefined, false),
        500,
        'STOCK',
        'Sold out',
      ],
    ])('on purpose keeps its words and its status: %s', async (thrown, status, code, message) => {
      stage.act = () => {
        throw thrown;
      };

      const answer = await act();

      expect(answer).toMatchObject({
        status,
        headers: { 'x-workflow-id': expect.stringMatching(UUID), 'x-workflow-status': 'error' },
        body: {
          success: false,
          statusCode: status,
          errors: [{ code, message, stepId: 'act' }],
          metadata: { steps: [{ stepId: 'act', status: 'failed', attempts: 1 }] },
        },
      });
      expect(answer.body).not.toHaveProperty('data');
    });

    it('by returning a result that says so keeps its status', async () => {
      stage.act = () => ({ success: false, message: 'There is no such order', statusCode: 404 });

      expect(await act()).toMatchObject({
        status: 404,
        body: {
          success: false,
          errors: [{ code: 'STEP_REPORTED_FAILURE', message: 'There is no such order' }],
        },
      });
    });

    it.each([200, 302, 42, 1000, Number.NaN])(
      'is an error, even when its author gave the status %d',
      async (statusCode) => {
        stage.act = () => {
          throw new NonRetryableError('No', { statusCode });
        };

        const result = await running.manager.runAsTenant('acme', () =>
          running.manager.runWorkflow(StageWorkflow, {}),
        );

        expect(result).toMatchObject({ success: false, statusCode: 500 });
        expect(await act()).toMatchObject({
          status: 500,
          body: { success: false, statusCode: 500, errors: [{ message: 'No' }] },
        });
      },
    );

    it('renders whatever the details of its error hold', async () => {
      stage.act = () => {
        throw new NonRetryableError('Too much', {
          statusCode: 422,
          details: { limit: 10n ** 20n, seen: new Set([1]), by: new Map([['a', 2n]]) },
        });
      };

      const answer = await act();

      expect(answer.status).toBe(422);
      expect(answer.body.errors?.[0]?.details).toEqual({
        limit: '100000000000000000000',
        seen: [1],
        by: { a: '2' },
      });
    });

    it('T40 shows nobody what an unexpected error says', async () => {
      stage.act = (context) => {
        context.metadata['attempted'] = LEAK;
        context.data['query'] = LEAK;
        throw Object.assign(new Error(LEAK, { cause: new Error(LEAK) }), {
          query: LEAK,
          details: { query: LEAK },
          driverError: { detail: LEAK },
        });
      };

      const answer = await act();
      const readings = [
        await running.send(`/workflows/executions/${idOf(answer)}`, { as: ADA }),
        await running.send(`/api/v1/users/${idOf(answer)}`, { as: ADA }),
      ];

      expect(answer.status).toBe(500);
      expect(codesOf(answer)).toEqual(['STEP_FAILED']);
      for (const { status, body } of readings) {
        expect(status).toBe(200);
        expect(body.data).toMatchObject({ status: 'failed', errors: [{ code: 'STEP_FAILED' }] });
      }
      for (const { text, headers } of [answer, ...readings]) {
        expect(text + JSON.stringify(headers)).not.toMatch(
          /hunter2|insert into|postgres|at .*\.ts/,
        );
      }
    });

    it('T40 shows no more of a result that a step made of an error', async () => {
      stage.act = () => {
        const error = new Error('Not now');
        return {
          success: false,
          message: 'Not now',
          errors: [
            {
              ...createWorkflowError('BUSY', 'Not now', undefined, undefined, false),
              stack: `${error.stack}`,
              query: LEAK,
            },
          ],
        };
      };

      const answer = await act();

      expect(codesOf(answer)).toEqual(['BUSY']);
      expect(answer.text).not.toMatch(/hunter2|at .*\.ts/);
    });

    it('T32 by an output that is too large can be retried', async () => {
      stage.act = () => 'x'.repeat(30_000);
      const answer = await act();
      stage.act = () => 'small';

      const retried = await running.manager.runAsTenant('acme', () =>
        running.manager.retryExecution(idOf(answer)),
      );

      expect(answer.status).toBe(500);
      expect(codesOf(answer)).toEqual(['OUTPUT_TOO_LARGE']);
      expect(retried).toMatchObject({ success: true, data: 'small' });
    });

    it('to exist answers 404', async () => {
      const answer = await act({}, '/stage/unknown');

      expect(answer).toMatchObject({ status: 404, body: { success: false, statusCode: 404 } });
      expect(codesOf(answer)).toEqual(['WORKFLOW_NOT_FOUND']);
    });
  });

  describe('with an Idempotency-Key', () => {
    const keyed = (key: string, body: unknown = VALID, as = ADA): Promise<Answer> =>
      register(body, [['Idempotency-Key', key]], as);

    it('joins the execution that began with the key', async () => {
      const first = await keyed('order-1');
      const before = await stored(running);
      const second = await keyed('order-1');

      expect(second.status).toBe(201);
      expect(idOf(second)).toBe(idOf(first));
      expect(second.body).toEqual(first.body);
      expect(await stored(running)).toBe(before);
    });

    it('T18 joins an execution that still runs', async () => {
      const entered = new Tally();
      const held = gate();
      stage.act = async () => {
        entered.mark();
        await held.passed;
        return entered.count;
      };
      const headers = [['Idempotency-Key', 'r-1']] as const;
      const first = running.send('/stage', { as: ADA, body: {}, headers });
      await entered.reached(1);
      const meanwhile = await running.send('/stage/at-once', { as: ADA, body: {}, headers });
      const second = running.send('/stage', { as: ADA, body: {}, headers });
      held.open();
      const answers = await Promise.all([first, second]);

      expect(answers.map(({ status, body }) => [status, body.data])).toEqual([
        [201, 1],
        [201, 1],
      ]);
      expect(meanwhile.status).toBe(202);
      expect(new Set([...answers, meanwhile].map(idOf)).size).toBe(1);
    });

    it('joins a failure as well', async () => {
      stage.act = () => {
        throw new ConflictException('The name is taken');
      };
      const sending = { as: ADA, body: {}, headers: [['Idempotency-Key', 'f-1']] as const };
      const first = await running.send('/stage', sending);
      stage.act = () => 'fine';
      const second = await running.send('/stage', sending);

      expect([first.status, second.status]).toEqual([409, 409]);
      expect(second.body).toEqual(first.body);
    });

    it('T18 refuses another input under the same key', async () => {
      await keyed('order-2');
      const before = await stored(running);

      const answer = await keyed('order-2', { ...VALID, name: 'Augusta' });

      expect(answer.status).toBe(422);
      expect(codesOf(answer)).toEqual(['IDEMPOTENCY_MISMATCH']);
      expect(await stored(running)).toBe(before);
    });

    it('T18 keeps equal keys of two tenants apart', async () => {
      const acme = await keyed('order-3');
      const globex = await keyed('order-3', VALID, GRACE);
      const other = await keyed('order-3', { ...VALID, name: 'Augusta' }, GRACE);

      expect([acme.status, globex.status, other.status]).toEqual([201, 201, 422]);
      expect(idOf(globex)).not.toBe(idOf(acme));
      expect(globex.body.data).toMatchObject({ userId: 'globex:ada@example.com' });
    });

    it.each([
      ['twice', ['a', 'b']],
      ['twice with one value', ['a', 'a']],
      ['empty', ['']],
      ['with a space in it', ['a b']],
      ['with letters beyond ASCII', ['clé']],
      ['too long', ['k'.repeat(256)]],
    ])('answers 400 when it is sent %s', async (_how, keys) => {
      const before = await stored(running);

      const answer = await register(
        VALID,
        keys.map((key) => ['Idempotency-Key', key] as const),
      );

      expect(answer.status).toBe(400);
      expect(codesOf(answer)).toEqual(['IDEMPOTENCY_KEY_INVALID']);
      expect(await stored(running)).toBe(before);
    });

    it('accepts the longest key there may be', async () => {
      const key = '~'.repeat(255);

      expect(idOf(await keyed(key))).toBe(idOf(await keyed(key)));
    });

    it('makes one execution of 20 requests at once', async () => {
      const before = await stored(running);

      const answers = await Promise.all(Array.from({ length: 20 }, () => keyed('order-4')));

      expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(201));
      expect(new Set(answers.map(idOf)).size).toBe(1);
      expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
      expect(await stored(running)).toBe(before + 1);
    });

    it('makes one execution when the inputs of requests at once differ', async () => {
      const before = await stored(running);

      const answers = await Promise.all(
        Array.from({ length: 10 }, (_, i) => keyed('order-5', { ...VALID, name: `Ada ${i}` })),
      );

      const accepted = answers.filter(({ status }) => status === 201);
      const refused = answers.filter(({ status }) => status === 422);
      expect([accepted.length, refused.length]).toEqual([1, 9]);
      expect(await stored(running)).toBe(before + 1);
    });
  });
});

describe.each(PLATFORMS)('the time a route of %s waits', (platform) => {
  it('ends with its timer, and leaves none when the result came first', async () => {
    const clock = new VirtualClock();
    const running = await httpApp(platform, {
      controllers: [StageController],
      providers: GUARDED,
      clock,
    });
    try {
      const held = gate();
      running.app.get(Stage).act = () => held.passed;
      const late = running.send('/stage/patient', { body: {}, as: ADA });
      await clock.timer(12_345);
      await clock.advance(12_345);
      const accepted = await late;
      const afterwards = clock.pending.filter((delay) => delay === 12_345);
      held.open();
      const inTime = await running.send('/stage/patient', { body: {}, as: ADA });

      expect(accepted.status).toBe(202);
      expect(afterwards).toEqual([]);
      expect(inTime.status).toBe(201);
      expect(clock.pending).not.toContain(12_345);
    } finally {
      await running.close();
    }
  });
});

describe.each(PLATFORMS)('a shutdown of %s', (platform) => {
  it('answers 202 to those who wait for what goes on after the next start', async () => {
    const running = await httpApp(platform, {
      controllers: [StageController],
      providers: GUARDED,
      options: { drainTimeout: 0 },
    });
    const entered = new Tally();
    running.app.get(Stage).act = ({ signal }) => {
      entered.mark();
      return new Promise((resolve) => signal.addEventListener('abort', resolve));
    };
    const waiting = running.send('/stage/patient', { body: {}, as: ADA });
    await entered.reached(1);
    await running.close();
    const answer = await waiting;

    expect(answer).toMatchObject({
      status: 202,
      headers: { location: `/workflows/executions/${idOf(answer)}` },
      body: { success: true, statusCode: 202, data: { executionId: idOf(answer) } },
    });
  });
});

describe.each(PLATFORMS)('a Location of %s', (platform) => {
  const place = async (setup: HttpAppSetup, start = '/stage/at-once') => {
    const running = await httpApp(platform, {
      controllers: [StageController],
      providers: GUARDED,
      ...setup,
    });
    const held = gate();
    running.app.get(Stage).act = () => held.passed;
    try {
      const accepted = await running.send(start, { body: {}, as: ADA });
      const { location } = accepted.headers;
      const read = location === undefined ? undefined : await running.send(location, { as: ADA });
      return { accepted, location, read, id: idOf(accepted) };
    } finally {
      held.open();
      await running.close();
    }
  };

  it.each<[string, HttpAppSetup, string, string]>([
    [
      'with a global prefix',
      { configure: (app) => app.setGlobalPrefix('v2') },
      '/v2/stage/at-once',
      '/v2/workflows/executions/',
    ],
    [
      'with a global prefix in slashes',
      { configure: (app) => app.setGlobalPrefix('/api/v2/') },
      '/api/v2/stage/at-once',
      '/api/v2/workflows/executions/',
    ],
    [
      'with a global prefix the route is excluded from',
      { configure: (app) => app.setGlobalPrefix('v2', { exclude: ['workflows/{*path}'] }) },
      '/v2/stage/at-once',
      '/workflows/executions/',
    ],
    [
      'with versions in the URI',
      {
        configure: (app) => app.enableVersioning({ type: VersioningType.URI, defaultVersion: '1' }),
      },
      '/v1/stage/at-once',
      '/workflows/executions/',
    ],
    [
      'with versions in the URI and a global prefix',
      {
        configure: (app) => {
          app.setGlobalPrefix('api');
          app.enableVersioning({ type: VersioningType.URI, defaultVersion: '1' });
        },
      },
      '/api/v1/stage/at-once',
      '/api/workflows/executions/',
    ],
    [
      'with a path of its own',
      { options: { path: 'ops/flows' } },
      '/stage/at-once',
      '/ops/flows/executions/',
    ],
    ['with the root as path', { options: { path: '/' } }, '/stage/at-once', '/executions/'],
  ])('resolves %s', async (_how, setup, start, expected) => {
    const { accepted, location, read, id } = await place(setup, start);

    expect(accepted.status).toBe(202);
    expect(location).toBe(`${expected}${id}`);
    expect(read).toMatchObject({ status: 200, body: { data: { id } } });
  });

  it('is left out when the module has no routes', async () => {
    const { accepted, id } = await place({ options: { path: false } });

    expect(accepted).toMatchObject({ status: 202, body: { data: { executionId: id } } });
    expect(accepted.headers.location).toBeUndefined();
    expect(accepted.body.data).toEqual({ executionId: id });
  });
});

describe.each(PLATFORMS)('in an application of %s', (platform) => {
  const within = async <T>(setup: HttpAppSetup, work: (running: HttpApp) => Promise<T>) => {
    const running = await httpApp(platform, setup);
    try {
      return await work(running);
    } finally {
      await running.close();
    }
  };

  it('a global ValidationPipe refuses an invalid DTO before anything is stored', async () => {
    await within(
      {
        controllers: [usersController('global')],
        providers: [
          ...GUARDED,
          {
            provide: APP_PIPE,
            useValue: new ValidationPipe({ whitelist: true, transform: true }),
          },
        ],
      },
      async (running) => {
        const refused = await running.send('/api/v1/users', { body: { email: 'x' }, as: ADA });
        const stranger = await running.send('/api/v1/users', { body: { email: 'x' } });
        const count = await stored(running);
        const accepted = await running.send('/api/v1/users', {
          body: { ...VALID, admin: true },
          as: ADA,
        });

        expect(refused).toMatchObject({
          status: 400,
          body: { success: false, statusCode: 400, errors: [{ code: 'REQUEST_INVALID' }] },
        });
        expect(refused.body.errors?.[0]?.details?.['messages']).toContain('email must be an email');
        // Who has no tenant is not told what an input should look like.
        expect(stranger.status).toBe(401);
        expect(count).toBe(0);
        expect(accepted.status).toBe(201);
      },
    );
  });

  it('authentication of the controller comes before the tenant', async () => {
    await within(
      { controllers: [usersController('controller')], providers: SAMPLE },
      async (running) => {
        const created = await running.send('/api/v1/users', { body: VALID, as: ADA });
        const own = await running.send(`/api/v1/users/${idOf(created)}`, { as: ADA });
        const foreign = await running.send(`/api/v1/users/${idOf(created)}`, { as: GRACE });
        const anonymous = await running.send('/api/v1/users', { body: VALID });

        expect([created.status, own.status, foreign.status, anonymous.status]).toEqual([
          201, 200, 404, 401,
        ]);
        expect(created.body).toMatchObject({ tenantId: 'acme' });
        expect(codesOf(anonymous)).toEqual(['AUTH_REQUIRED']);
      },
    );
  });

  it('an envelope is not wrapped again by the interceptor of the whole application', async () => {
    await within(
      {
        controllers: [usersController('global'), StageController],
        providers: [...GUARDED, { provide: APP_INTERCEPTOR, useClass: WorkflowResultInterceptor }],
      },
      async (running) => {
        const created = await running.send('/api/v1/users', { body: VALID, as: ADA });
        const held = gate();
        running.app.get(Stage).act = () => held.passed;
        const accepted = await running.send('/stage/at-once', { body: {}, as: ADA });
        held.open();

        expect(created).toMatchObject({
          status: 201,
          body: {
            data: { userId: 'acme:ada@example.com' },
            metadata: { steps: [{ attempts: 1 }, {}, {}] },
          },
        });
        expect(created.body.metadata?.steps).toHaveLength(3);
        expect(accepted).toMatchObject({
          status: 202,
          body: { statusCode: 202, data: { executionId: idOf(accepted) } },
        });
      },
    );
  });

  it('without tenancy options everything belongs to one tenant', async () => {
    await within(
      {
        controllers: [usersController('controller')],
        providers: SAMPLE,
        options: { tenancy: undefined },
      },
      async (running) => {
        const created = await running.send('/api/v1/users', { body: VALID });
        const headers = [['x-tenant-id', 'acme']] as const;
        const read = await running.send(`/api/v1/users/${idOf(created)}`, { headers });

        expect(created).toMatchObject({ status: 201, body: { tenantId: 'default' } });
        expect(read).toMatchObject({ status: 200, body: { data: { tenantId: 'default' } } });
      },
    );
  });
});
