import { describe, expect, it } from '@jest/globals';
import { WorkflowException } from '../result/workflow.exception.js';
import { errorResponse } from './error-envelope.js';

const errorOf = (fields: object, message = 'hunter2'): Error =>
  Object.assign(new Error(message), fields);

/** Older versions of Nest hand the errors of their platforms to a filter as they are. */
describe('the response to an error of a platform', () => {
  it.each<[string, Error, number, string]>([
    [
      'of a body parser',
      errorOf({ statusCode: 413, status: 413, expose: true, type: 'entity.too.large' }),
      413,
      'PAYLOAD_TOO_LARGE',
    ],
    [
      'of a body parser about syntax',
      Object.assign(new SyntaxError('hunter2'), { statusCode: 400, expose: true }),
      400,
      'REQUEST_INVALID',
    ],
    ['of a charset', errorOf({ statusCode: 415, expose: true }), 415, 'REQUEST_INVALID'],
    [
      'of Fastify',
      errorOf({ name: 'FastifyError', code: 'FST_ERR_CTP_BODY_TOO_LARGE', statusCode: 413 }),
      413,
      'PAYLOAD_TOO_LARGE',
    ],
  ])('has the status and not the words %s', (_whose, error, statusCode, code) => {
    const response = errorResponse(error);

    expect(response).toMatchObject({
      statusCode,
      expected: true,
      envelope: { success: false, statusCode, errors: [{ code }] },
    });
    expect(JSON.stringify(response)).not.toContain('hunter2');
  });

  it.each<[string, unknown]>([
    ['a client of another server', errorOf({ status: 401 })],
    ['a driver', errorOf({ statusCode: 404 })],
    ['a platform at fault', errorOf({ statusCode: 503, status: 503, expose: false })],
    ['no error', { statusCode: 418, expose: true, message: 'hunter2' }],
    [
      'a getter that throws',
      {
        get statusCode(): number {
          throw new Error('hunter2');
        },
      },
    ],
    ['a function', (): string => 'hunter2'],
    ['a symbol', Symbol('hunter2')],
  ])('is not given to the error of %s', (_whose, thrown) => {
    const response = errorResponse(thrown);

    expect(response).toMatchObject({
      statusCode: 500,
      expected: false,
      envelope: { message: 'Something went wrong', errors: [{ code: 'INTERNAL_ERROR' }] },
    });
    expect(JSON.stringify(response)).not.toContain('hunter2');
  });
});

describe('the response to an exception of ours', () => {
  it('is the same for one of another copy of the package', () => {
    const foreign = Object.defineProperty(
      errorOf({ code: 'TENANT_REQUIRED', statusCode: 400, retryable: false }, 'No tenant'),
      Symbol.for('@luxgen/workflow:exception'),
      { value: true },
    );

    expect(errorResponse(foreign).envelope).toMatchObject({
      statusCode: 400,
      message: 'No tenant',
      errors: [{ code: 'TENANT_REQUIRED', message: 'No tenant' }],
    });
  });

  it('does not show its cause', () => {
    const cause = new Error('hunter2');
    const exception = new WorkflowException('TENANT_DIRECTORY_FAILED', 'hunter2', { cause });

    expect(JSON.stringify(errorResponse(exception))).not.toContain('hunter2');
  });
});
