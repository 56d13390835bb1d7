import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import {
  Body,
  ClassSerializerInterceptor,
  Controller,
  ForbiddenException,
  Get,
  Header,
  HttpCode,
  HttpException,
  InternalServerErrorException,
  Param,
  Post,
  Redirect,
  Req,
  Res,
  Sse,
  StreamableFile,
  UseGuards,
  UseInterceptors,
  type Type,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import libsql from 'libsql';
import { Exclude } from 'class-transformer';
import { of } from 'rxjs';
import { DataSource } from 'typeorm';
import {
  createErrorResult,
  createSuccessResult,
  createWorkflowError,
  NonRetryableError,
  RunWorkflow,
  WorkflowException,
  WorkflowExceptionFilter,
  WorkflowManager,
  WorkflowResultInterceptor,
  type WorkflowError,
  type WorkflowResult,
} from '@luxgen/workflow';
import {
  claimsOf,
  HeaderAuthGuard,
  httpApp,
  PLATFORMS,
  type HttpApp,
} from '../support/http-app.js';
import { sendRaw, type Answer, type Sending } from '../support/http-client.js';
import { ADA, Stage, StageWorkflow } from '../support/http-sample.js';

const SECRET = 'hunter2';
/** Clears a terminal, begins a line of its own, and turns the text around. */
const EVIL = '\u001b[2J\r\n[Nest] 1 - LOG all is well\u202e\u0007';
const LEAK = `select * from "account" where token = '${SECRET}'`;

/** What a platform's response has in common with the other's, as far as it is used here. */
interface PlatformResponse {
  status(code: number): PlatformResponse;
  send(body: unknown): unknown;
  redirect(...to: unknown[]): unknown;
  readonly raw?: { write(text: string): void };
  write(text: string): void;
}

class Account {
  @Exclude()
  password = SECRET;

  constructor(readonly name: string) {}
}

class Label {
  toJSON(): unknown {
    return { label: 'made by toJSON' };
  }
}

/** Answers of every kind, with or without the interceptor. */
function answersController(path: string, enveloped: boolean): Type<object> {
  @Controller(path)
  class AnswersController {
    @Get('values/:kind')
    value(@Param('kind') kind: string): unknown {
      const values: Record<string, unknown> = {
        object: { a: 1 },
        list: [1, 'two', null],
        number: 7,
        zero: 0,
        text: 'text',
        empty: '',
        true: true,
        false: false,
        null: null,
        nothing: undefined,
        observable: of({ a: 1 }),
        promise: Promise.resolve({ a: 1 }),
      };
      return values[kind];
    }

    @Get('kinds')
    kinds() {
      return {
        big: 10n ** 30n,
        map: new Map<string, unknown>([['a', 1n]]),
        byObject: new Map([[{ k: 1 }, 2]]),
        set: new Set(['a', { b: 2n }]),
        date: new Date(0),
        bytes: Buffer.from('bytes'),
        view: new Uint8Array([1, 2]),
        numbers: [Number.NaN, Number.POSITIVE_INFINITY, -0],
        hole: [1, undefined, 3],
        missing: undefined,
        pattern: /a+/g,
        error: Object.assign(new Error('said'), { stack: LEAK, query: LEAK }),
        label: new Label(),
      };
    }

    @Post('created')
    created() {
      return { a: 1 };
    }

    @Post('coded')
    @HttpCode(202)
    coded() {
      return { a: 1 };
    }

    @Get('passthrough')
    passthrough(@Res({ passthrough: true }) response: PlatformResponse) {
      response.status(206);
      return { a: 1 };
    }

    @Get('file')
    file() {
      return new StreamableFile(Buffer.from('a file'), { type: 'text/plain' });
    }

    @Get('stream')
    stream() {
      return new StreamableFile(Readable.from(['a ', 'stream']));
    }

    @Get('buffer')
    @Header('Content-Type', 'application/octet-stream')
    buffer() {
      return Buffer.from('a buffer');
    }

    @Sse('events')
    events() {
      return of({ data: { a: 1 } }, { data: 'two' });
    }

    @Get('own')
    own(@Res() response: PlatformResponse) {
      response.status(207).send({ own: true });
    }

    @Get('redirect')
    @Redirect('/elsewhere', 302)
    redirect() {
      return { url: '/there', statusCode: 301 };
    }
  }
  if (enveloped) UseInterceptors(WorkflowResultInterceptor)(AnswersController);
  return AnswersController;
}

@Controller('accounts')
@UseInterceptors(ClassSerializerInterceptor)
class AccountsController {
  @Get()
  @UseInterceptors(WorkflowResultInterceptor)
  all() {
    return { first: new Account('a'), all: [new Account('b')] };
  }
}

@Controller('results')
@UseInterceptors(WorkflowResultInterceptor)
class ResultsController {
  constructor(private readonly workflows: WorkflowManager) {}

  @Post('success')
  success() {
    return createSuccessResult({ a: 1n }, 'Done');
  }

  @Post('accepted')
  accepted(): WorkflowResult {
    return { success: true, message: 'Later', statusCode: 202 };
  }

  @Post('extra')
  extra() {
    return { success: true, message: 'Done', total: 3n, metadata: { page: 1 } };
  }

  @Get('failure')
  failure() {
    return createErrorResult('No', [createWorkflowError('NO', 'No')], 404);
  }

  @Get('statusless')
  statusless(): WorkflowResult {
    return { success: false, message: 'No' };
  }

  @Get('cheerful')
  cheerful(): WorkflowResult {
    return { success: false, message: 'No', statusCode: 200 };
  }

  @Get('errors/:kind')
  errors(@Param('kind') kind: string): unknown {
    const errors = {
      text: 'boom',
      texts: ['boom'],
      nothings: [null, undefined],
      object: { email: 'is taken' },
      more: [{ ...createWorkflowError('BUSY', 'Not now'), stack: LEAK, query: LEAK }],
      secret: [createWorkflowError('INTERNAL_ERROR', LEAK, { query: LEAK })],
    }[kind];
    return { success: false, message: 'No', statusCode: 400, errors };
  }

  @Get('nested/:id')
  async nested(@Param('id') id: string) {
    const result = await this.workflows.runWorkflow(StageWorkflow, {});
    const execution = await this.workflows.getExecutionStatus(id);
    const list = await this.workflows.getTenantExecutions();
    return { result, deep: { execution }, list, map: new Map([['e', 1]]) };
  }

  @Get('own-data')
  ownData() {
    return { success: true, text: 'not an envelope' };
  }

  @Get('own-message')
  ownMessage() {
    return { items: [{ success: true, message: 'sent', id: 1 }] };
  }

  @Get('circle')
  circle() {
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    return circle;
  }

  @Get('found/:id')
  async found(@Param('id') id: string) {
    return (await this.workflows.getExecutionStatus(id)) ?? null;
  }

  @Get('executions/:id')
  execution(@Param('id') id: string) {
    return this.workflows.getExecutionStatus(id);
  }
}

class Closed {
  canActivate(): boolean {
    return false;
  }
}

@Controller('errors')
class ErrorsController {
  @Get('thrown/:what')
  thrown(@Param('what') what: string): never {
    const thrown: Record<string, unknown> = {
      unexpected: Object.assign(new Error(LEAK), { query: LEAK, details: { query: LEAK } }),
      evil: new Error(EVIL),
      text: LEAK,
      nothing: undefined,
      null: null,
      object: { message: LEAK, status: 418 },
      upstream: Object.assign(new Error(LEAK), { status: 401, response: { status: 401 } }),
      'upstream-code': Object.assign(new Error(LEAK), { statusCode: 404 }),
      forbidden: new ForbiddenException('Not you'),
      teapot: new HttpException({ reason: 'tea' }, 418),
      nonsense: new HttpException('Nonsense', 42),
      server: new InternalServerErrorException('We are sorry'),
      envelope: new HttpException({ success: false, message: 'Mine', statusCode: 200 }, 409),
      'broken-envelope': new HttpException({ success: false, message: 'Mine', errors: 'x' }, 409),
      deliberate: new NonRetryableError('Expired', {
        code: 'CARD',
        statusCode: 402,
        details: { left: 3n },
      }),
      cheerful: new NonRetryableError('No', { statusCode: 200 }),
      ours: new WorkflowException('FILTER_INVALID', 'The filter "x" is not valid', {
        details: { limit: 5n },
      }),
      concealed: new WorkflowException('STORE_UNAVAILABLE', LEAK, { details: { query: LEAK } }),
      foreign: Object.assign(new WorkflowException('NOT_FOUND', 'From another version'), {
        code: 'A_CODE_OF_THE_FUTURE',
      }),
    };
    throw thrown[what];
  }

  @Get('closed')
  @UseGuards(Closed)
  closed() {}

  @Get('csv')
  @Header('Content-Type', 'text/csv')
  csv(): never {
    throw new ForbiddenException('Not you');
  }

  @Get('half')
  half(@Req() _request: unknown, @Res() response: PlatformResponse): never {
    (response.raw ?? response).write('half');
    throw new Error(LEAK);
  }

  @Post('echo')
  @UseInterceptors(WorkflowResultInterceptor)
  echo(@Body() body: unknown) {
    return body;
  }

  @Post('stage')
  @RunWorkflow(StageWorkflow)
  stage(@Body() _body: unknown) {}
}

/** The rule for every error: an envelope, whose status is that of the response, in JSON. */
function expectErrorEnvelope(answer: Answer, status: number, code: string): void {
  expect(answer).toMatchObject({
    status,
    headers: { 'content-type': expect.stringContaining('application/json') },
    body: {
      success: false,
      statusCode: status,
      message: expect.any(String),
      errors: [{ code, message: expect.any(String), timestamp: expect.any(String) }],
    },
  });
}

describe.each(PLATFORMS)('answers of %s', (platform) => {
  let running: HttpApp;

  beforeAll(async () => {
    running = await httpApp(platform, {
      controllers: [
        answersController('plain', false),
        answersController('enveloped', true),
        AccountsController,
        ResultsController,
        ErrorsController,
      ],
      providers: [
        StageWorkflow,
        Stage,
        { provide: APP_GUARD, useClass: HeaderAuthGuard },
        { provide: APP_FILTER, useClass: WorkflowExceptionFilter },
      ],
    });
  });

  afterAll(() => running?.close());

  const get = (path: string): Promise<Answer> => running.send(path, { as: ADA });
  const post = (path: string, body: unknown = {}, more: Sending = {}): Promise<Answer> =>
    running.send(path, { method: 'POST', body, as: ADA, ...more });

  describe('in an envelope', () => {
    it.each<[string, unknown]>([
      ['object', { a: 1 }],
      ['list', [1, 'two', null]],
      ['number', 7],
      ['zero', 0],
      ['text', 'text'],
      ['empty', ''],
      ['true', true],
      ['false', false],
      ['null', null],
      ['nothing', null],
      ['observable', { a: 1 }],
      ['promise', { a: 1 }],
    ])('have what a handler returns as data: %s', async (kind, data) => {
      const answer = await get(`/enveloped/values/${kind}`);

      expect(answer.status).toBe(200);
      expect(answer.headers['content-type']).toContain('application/json');
      expect(answer.body).toEqual({
        success: true,
        message: 'Operation completed successfully',
        statusCode: 200,
        data,
      });
    });

    it('render what JSON has no word for', async () => {
      const { body, text } = await get('/enveloped/kinds');

      expect(body.data).toEqual({
        big: '1000000000000000000000000000000',
        map: { a: '1' },
        byObject: [[{ k: 1 }, 2]],
        set: ['a', { b: '2' }],
        date: '1970-01-01T00:00:00.000Z',
        bytes: Buffer.from('bytes').toString('base64'),
        view: Buffer.from([1, 2]).toString('base64'),
        numbers: [null, null, 0],
        hole: [1, null, 3],
        pattern: '/a+/g',
        error: { name: 'Error', message: 'said' },
        label: { label: 'made by toJSON' },
      });
      expect(text).not.toContain(SECRET);
    });

    it('leave instances to the serializer of the application', async () => {
      const answer = await get('/accounts');

      expect(answer.body.data).toEqual({ first: { name: 'a' }, all: [{ name: 'b' }] });
      expect(answer.text).not.toContain(SECRET);
    });

    it('have the status of the route', async () => {
      const answers = [
        await post('/enveloped/created'),
        await post('/enveloped/coded'),
        await get('/enveloped/passthrough'),
      ];

      expect(answers.map(({ status }) => status)).toEqual([201, 202, 206]);
      expect(answers.map(({ body }) => body.statusCode)).toEqual([201, 202, 206]);
    });

    it.each([
      ['POST', 'success', 201, { success: true, message: 'Done', data: { a: '1' } }],
      ['POST', 'accepted', 202, { success: true, message: 'Later', data: null }],
      ['POST', 'extra', 201, { success: true, message: 'Done', total: '3', data: null }],
      ['GET', 'failure', 404, { success: false, message: 'No', errors: [{ code: 'NO' }] }],
      ['GET', 'statusless', 500, { success: false, message: 'No' }],
      ['GET', 'cheerful', 500, { success: false, message: 'No' }],
    ])('are not wrapped when they are one: %s %s', async (method, path, status, expected) => {
      const answer = await running.send(`/results/${path}`, { method, as: ADA });

      expect(answer).toMatchObject({ status, body: { ...expected, statusCode: status } });
    });

    it.each<[string, unknown]>([
      ['text', 'boom'],
      ['texts', ['boom']],
      ['nothings', [null, null]],
      ['object', { email: 'is taken' }],
    ])('keep errors of an unusual form: %s', async (kind, errors) => {
      const answer = await get(`/results/errors/${kind}`);

      expect(answer.status).toBe(400);
      expect(answer.body.errors).toEqual(errors);
    });

    it('T40 conceal what an error of theirs quotes', async () => {
      const answer = await get('/results/errors/secret');

      expectErrorEnvelope(answer, 400, 'INTERNAL_ERROR');
      expect(answer.text).not.toContain(SECRET);
    });

    it('T40 show of an error its own fields only', async () => {
      const answer = await get('/results/errors/more');

      expectErrorEnvelope(answer, 400, 'BUSY');
      expect(answer.text).not.toContain(SECRET);
    });

    it('T40 show executions and results in their data without what is internal', async () => {
      running.app.get(Stage).act = () => {
        throw new Error(LEAK);
      };
      const id = String((await post('/errors/stage')).headers['x-workflow-id']);
      running.app.get(Stage).act = () => ({ output: SECRET });

      const answer = await get(`/results/nested/${id}`);

      const { result, deep, list } = answer.body.data as {
        result: { data: unknown; metadata: { steps: object[]; tenantContext: object } };
        deep: { execution: { status: string; errors: WorkflowError[] } };
        list: { id: string; results: object[] }[];
      };
      expect(result.data).toEqual({ output: SECRET });
      expect(result.metadata.steps).toEqual([
        expect.objectContaining({ stepId: 'act', status: 'completed', attempts: 1 }),
      ]);
      expect(Object.keys(result.metadata.tenantContext)).toEqual([
        'tenantId',
        'tenantSlug',
        'tenantName',
      ]);
      expect(deep.execution).toMatchObject({ status: 'failed', errors: [{ code: 'STEP_FAILED' }] });
      expect(list.length).toBeGreaterThan(1);
      for (const execution of [deep.execution, ...list]) {
        expect(execution).not.toHaveProperty('metadata');
      }
      expect(list.flatMap(({ results }) => results.flatMap(Object.keys))).not.toContain('data');
      expect(answer.text).not.toContain('account');
    });

    it('leave the data of an application as it is, when it only looks like ours', async () => {
      expect((await get('/results/own-data')).body.data).toEqual({
        success: true,
        text: 'not an envelope',
      });
      expect((await get('/results/own-message')).body.data).toEqual({
        items: [{ success: true, message: 'sent', id: 1 }],
      });
    });

    it('refuse a circle, and the next answer is fine', async () => {
      expectErrorEnvelope(await get('/results/circle'), 500, 'INTERNAL_ERROR');
      expect((await get('/enveloped/values/number')).status).toBe(200);
    });

    it('are 404 when there was no such execution, unless the handler says otherwise', async () => {
      const absent = '0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b';

      expectErrorEnvelope(await get(`/results/executions/${absent}`), 404, 'EXECUTION_NOT_FOUND');
      expect(await get(`/results/found/${absent}`)).toMatchObject({
        status: 200,
        body: { data: null },
      });
      expect((await get('/enveloped/values/nothing')).status).toBe(200);
    });
  });

  describe('that are no envelope', () => {
    it.each(['file', 'stream', 'buffer', 'events', 'own', 'redirect'])(
      'pass the interceptor untouched: %s',
      async (path) => {
        const [plain, enveloped] = [await get(`/plain/${path}`), await get(`/enveloped/${path}`)];

        expect(enveloped.status).toBe(plain.status);
        expect(enveloped.text).toBe(plain.text);
        expect({ ...enveloped.headers, date: '' }).toEqual({ ...plain.headers, date: '' });
      },
    );

    it('are what they should be', async () => {
      expect((await get('/enveloped/file')).text).toBe('a file');
      expect((await get('/enveloped/events')).text).toContain('data: {"a":1}');
      expect((await get('/enveloped/own')).body).toEqual({ own: true });
      expect(await get('/enveloped/redirect')).toMatchObject({
        status: 301,
        headers: { location: '/there' },
      });
    });
  });

  describe('to errors', () => {
    it.each<[string, number, string, string]>([
      ['unexpected', 500, 'INTERNAL_ERROR', 'Something went wrong'],
      ['text', 500, 'INTERNAL_ERROR', 'Something went wrong'],
      ['nothing', 500, 'INTERNAL_ERROR', 'Something went wrong'],
      ['null', 500, 'INTERNAL_ERROR', 'Something went wrong'],
      ['object', 500, 'INTERNAL_ERROR', 'Something went wrong'],
      ['upstream', 500, 'INTERNAL_ERROR', 'Something went wrong'],
      ['upstream-code', 500, 'INTERNAL_ERROR', 'Something went wrong'],
      ['forbidden', 403, 'HTTP_403', 'Not you'],
      ['teapot', 418, 'HTTP_418', 'Http Exception'],
      ['nonsense', 500, 'HTTP_42', 'Nonsense'],
      ['server', 500, 'HTTP_500', 'We are sorry'],
      ['deliberate', 402, 'CARD', 'Expired'],
      ['cheerful', 500, 'STEP_REPORTED_FAILURE', 'No'],
      ['ours', 400, 'FILTER_INVALID', 'The filter "x" is not valid'],
      ['concealed', 503, 'STORE_UNAVAILABLE', 'The store did not answer'],
      ['foreign', 404, 'A_CODE_OF_THE_FUTURE', 'From another version'],
    ])('T40 say what their author meant to be said: %s', async (what, status, code, message) => {
      const answer = await get(`/errors/thrown/${what}`);

      expectErrorEnvelope(answer, status, code);
      expect(answer.body).toMatchObject({ message, errors: [{ message }] });
      expect(answer.text).not.toMatch(/hunter2|account|at .*\.ts/);
    });

    it.each(['envelope', 'broken-envelope'])('keep an envelope thrown: %s', async (what) => {
      expect(await get(`/errors/thrown/${what}`)).toMatchObject({
        status: 409,
        body: { success: false, statusCode: 409, message: 'Mine' },
      });
    });

    it('render the details of an error', async () => {
      expect((await get('/errors/thrown/ours')).body.errors?.[0]?.details).toEqual({ limit: '5' });
      expect((await get('/errors/thrown/deliberate')).body.errors?.[0]?.details).toEqual({
        left: '3',
      });
    });

    it('are JSON on a route of another type', async () => {
      expectErrorEnvelope(await get('/errors/csv'), 403, 'HTTP_403');
    });

    it('come from guards as well', async () => {
      expectErrorEnvelope(await get('/errors/closed'), 403, 'HTTP_403');
    });

    it('end a response that has begun', async () => {
      const answer = await sendRaw(
        running.url,
        `GET /errors/half HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-User: ${claimsOf(ADA)}\r\n\r\n`,
      );

      expect(answer.text).toContain('half');
      expect(answer.text).not.toContain(SECRET);
    });

    it('are logged when nobody foresaw them, and only then', async () => {
      const errors = async (path: string): Promise<string> => {
        const before = running.log.entries.length;
        await get(path);
        return JSON.stringify(running.log.entries.slice(before));
      };

      for (const what of ['forbidden', 'deliberate', 'ours', 'teapot']) {
        expect(await errors(`/errors/thrown/${what}`)).toBe('[]');
      }
      expect(await errors('/errors/nowhere')).toBe('[]');
      expect(await errors('/errors/thrown/unexpected')).toMatch(/INTERNAL_ERROR.*hunter2.*at /);
      expect(await errors('/errors/thrown/concealed')).toMatch(/STORE_UNAVAILABLE.*hunter2/);
    });

    it('T38 leave nothing in the log that a terminal would act upon', async () => {
      const before = running.log.entries.length;
      running.app.get(Stage).act = () => {
        throw new Error(EVIL);
      };
      await post('/errors/stage');
      await get('/errors/thrown/evil');
      await running.send('/errors/stage', {
        body: {},
        as: { id: `ada${EVIL}`, tenantId: 'acme' },
      });

      const entries = running.log.entries.slice(before);
      expect(JSON.stringify(entries)).toContain('all is well');
      for (const part of entries.flat()) {
        if (typeof part !== 'string') continue;
        // Frames of a stack are ours to break into lines; nothing else is.
        expect(part.replaceAll(/\n +at .*/g, '')).not.toMatch(
          // oxlint-disable-next-line no-control-regex
          /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/,
        );
      }
    });
  });

  describe('of the platform itself', () => {
    it.each([
      ['/nowhere', 'GET'],
      ['/nowhere', 'POST'],
      ['/errors/echo', 'GET'],
      ['/errors/echo/further', 'POST'],
      ['/../../etc/passwd', 'GET'],
    ])('are 404 for a route there is not: %s %s', async (path, method) => {
      expectErrorEnvelope(await running.send(path, { method, as: ADA }), 404, 'NOT_FOUND');
    });

    it.each(['{', '{"a":1,}', 'null', '"text"', '7', '{"a":1}{"b":2}', '\u0000'])(
      'are 4xx or an answer for a body that may be no JSON: %j',
      async (body) => {
        const answer = await post('/errors/echo', body);

        if (answer.status === 201) expect(answer.body.data).toEqual(JSON.parse(body));
        else expectErrorEnvelope(answer, 400, 'REQUEST_INVALID');
      },
    );

    it.each(['{', '{"a":1,}', '{"a":1}{"b":2}', '\u0000'])(
      'are 400 for a body that is no JSON: %j',
      async (body) => {
        expectErrorEnvelope(await post('/errors/echo', body), 400, 'REQUEST_INVALID');
      },
    );

    it('T32 are 413 for a body that is too large', async () => {
      const body = JSON.stringify({ text: 'x'.repeat(2 * 1024 * 1024) });

      expectErrorEnvelope(await post('/errors/echo', body), 413, 'PAYLOAD_TOO_LARGE');
    });

    it('T33 are 4xx for a body that would inflate without end', async () => {
      const bomb = gzipSync(Buffer.alloc(50 * 1024 * 1024, ' '));
      const answer = await post('/errors/echo', bomb, {
        headers: [
          ['content-encoding', 'gzip'],
          ['x-user', claimsOf(ADA)],
        ],
      });

      expect([400, 413, 415]).toContain(answer.status);
      expect(answer.body).toMatchObject({ success: false, statusCode: answer.status });
      expect((await get('/enveloped/values/number')).status).toBe(200);
    });

    it('are 4xx for an address that cannot be decoded', async () => {
      for (const path of ['/results/executions/%ff', '/results/executions/%', '/%c0%ae']) {
        const answer = await get(path);

        expect([400, 404]).toContain(answer.status);
        expect(answer.body).toMatchObject({ statusCode: answer.status });
        // Fastify answers such an address before the application is asked.
        if (platform === 'express') expect(answer.body).toMatchObject({ success: false });
      }
    });
  });

  describe('to a hostile input', () => {
    const nested = (depth: number): string => `${'['.repeat(depth)}1${']'.repeat(depth)}`;
    const alive = async (): Promise<void> =>
      expect((await post('/errors/stage', { a: 1 })).status).toBe(201);

    it.each([
      ['20,000 levels', nested(20_000)],
      ['65 levels', nested(65)],
      ['objects in objects', `${'{"a":'.repeat(100)}1${'}'.repeat(100)}`],
      [
        '10,001 keys',
        JSON.stringify(
          Object.fromEntries(Array.from({ length: 10_001 }, (_, i) => [i.toString(36), 0])),
        ),
      ],
    ])('T31 are 400 for one of %s', async (_what, body) => {
      running.app.get(Stage).act = (context) => context.input;

      expectErrorEnvelope(await post('/errors/stage', body), 400, 'PAYLOAD_TOO_COMPLEX');
      await alive();
    });

    it('T31 are fine for one that is just simple enough', async () => {
      running.app.get(Stage).act = () => 'fine';

      expect((await post('/errors/stage', nested(64))).status).toBe(201);
    });

    it.each([
      '{"__proto__":{"polluted":true}}',
      '{"a":[{"__proto__":{"polluted":true}}]}',
      '{"constructor":{"prototype":{"polluted":true}}}',
      '{"\\u005f_proto__":{"polluted":true}}',
    ])('T30 are 400 for a key that could change prototypes: %s', async (body) => {
      const answer = await post('/errors/stage', body);

      expect(answer.status).toBe(400);
      // Fastify itself refuses some of them.
      expect(['PAYLOAD_FORBIDDEN_KEY', 'REQUEST_INVALID']).toContain(answer.body.errors?.[0]?.code);
      expect(answer.body).toMatchObject({ success: false, statusCode: 400 });
      expect({}).not.toHaveProperty('polluted');
    });

    it('T34 T35 give back as data what looks like something else', async () => {
      running.app.get(Stage).act = (context) => context.input;
      const input = {
        $type: 'Map',
        $date: '2026-01-01',
        tag: { $: 'bigint', $v: '1' },
        nul: 'a\u0000b',
        lone: '\ud800',
        code: '${process.exit()}',
        sql: "'; drop table workflow_execution; --",
        rtl: '\u202e',
      };

      const answer = await post('/errors/stage', input);

      expect(answer.status).toBe(201);
      expect(answer.body.data).toEqual(input);
    });

    it('T31 turn numbers no JSON can say into nothing', async () => {
      running.app.get(Stage).act = (context) => context.input;

      const answer = await post('/errors/stage', '{"a":1e999,"b":-1e999}');

      expect(answer.body.data).toEqual({ a: null, b: null });
    });
  });

  describe('of the route of the module', () => {
    it.each(['POST', 'PUT', 'PATCH', 'DELETE'])('are 405 to %s', async (method) => {
      const answer = await running.send('/workflows/executions/anything', { method, as: ADA });

      expectErrorEnvelope(answer, 405, 'METHOD_NOT_ALLOWED');
      expect(answer.headers.allow).toBe('GET, HEAD');
    });

    it('have no body to HEAD', async () => {
      const id = String((await post('/errors/stage')).headers['x-workflow-id']);
      const path = `/workflows/executions/${id}`;

      const answer = await running.send(path, { method: 'HEAD', as: ADA });

      expect(answer).toMatchObject({ status: 200, text: '' });
    });

    it.each([
      ['a word', 'x'],
      ['a parent folder', '..%2f..%2fetc%2fpasswd'],
      ['a NUL', '0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b%00'],
      ['upper case', '0190A1B2-C3D4-7E5F-8A9B-0C1D2E3F4A5B'],
      ['braces', '%7B0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b%7D'],
      ['a space behind it', '0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b%20'],
      ['a line behind it', '0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b%0A'],
      ['a statement', "'%20or%201=1%20--"],
      ['an emoji', '%F0%9F%92%A3'],
      ['digits of another script', '%D9%A1190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b'],
      ['right to left', '%E2%80%AE'],
      ['a key of every object', '__proto__'],
      ['a pattern', '*'],
      ['100 characters', 'a'.repeat(100)],
    ])('T58 are 400 for an id with %s', async (_what, id) => {
      for (const path of ['/workflows/executions/', '/results/executions/']) {
        expectErrorEnvelope(await get(`${path}${id}`), 400, 'ID_INVALID');
      }
    });

    it.each([101, 300, 5_000])('T58 are 4xx for an id of %d characters', async (length) => {
      const answer = await get(`/workflows/executions/${'a'.repeat(length)}`);

      // Fastify gives up on so long a parameter before the application is asked.
      if (platform === 'express') expectErrorEnvelope(answer, 400, 'ID_INVALID');
      else expect(answer).toMatchObject({ status: 414, body: { statusCode: 414 } });
    });

    it('T10 are 404 below an execution and above it', async () => {
      const id = String((await post('/errors/stage')).headers['x-workflow-id']);

      for (const path of [
        `/workflows/executions/${id}/steps`,
        '/workflows/executions',
        '/workflows',
      ]) {
        expectErrorEnvelope(await get(path), 404, 'NOT_FOUND');
      }
    });
  });

  it('T20 T40 never show what the database says', async () => {
    const broken = await httpApp(platform, {
      imports: [
        TypeOrmModule.forRoot({ type: 'better-sqlite3', driver: libsql, database: ':memory:' }),
      ],
      controllers: [ResultsController, ErrorsController],
      providers: [
        StageWorkflow,
        Stage,
        { provide: APP_GUARD, useClass: HeaderAuthGuard },
        { provide: APP_FILTER, useClass: WorkflowExceptionFilter },
      ],
      options: { store: {} },
    });
    try {
      const id = '0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b';
      await broken.app.get(DataSource).query('ALTER TABLE workflow_execution RENAME TO gone');

      const answers = [
        await broken.send('/errors/stage', { body: {}, as: ADA }),
        await broken.send(`/workflows/executions/${id}`, { as: ADA }),
        await broken.send(`/results/executions/${id}`, { as: ADA }),
      ];

      for (const { status, body, text } of answers) {
        expect([500, 503]).toContain(status);
        expect(body).toMatchObject({ success: false, statusCode: status });
        expect(text).not.toMatch(/sqlite|no such table|workflow_execution|select|insert/i);
      }
    } finally {
      await broken.close();
    }
  });
});
