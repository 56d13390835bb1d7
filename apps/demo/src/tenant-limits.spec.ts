import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { INestApplicationContext } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { WorkflowManager, type WorkflowClass, type WorkflowResult } from '@luxgen/workflow';
import { AppModule } from './app.module.js';
import { readEnvironment } from './configuration/demo-environment.js';
import { JobPostPublishingWorkflow } from './job-posts/job-post-publishing.workflow.js';
import { JobPosts } from './job-posts/job-posts.js';
import { UserAccounts } from './users/user-accounts.js';
import type { User } from './users/user.entity.js';
import { UserRegistrationWorkflow } from './users/user-registration.workflow.js';

const REGISTRATION = {
  email: 'ada@example.com',
  firstName: 'Ada',
  lastName: 'Lovelace',
  passwordHash: 'scrypt$salt$hash',
};

const user = (id: string, tenantId = 'demo'): User => ({
  ...REGISTRATION,
  tenantId,
  id,
  email: `${id}@example.com`,
  createdAt: new Date(0),
});

describe('limits of a tenant', () => {
  let app: INestApplicationContext;
  let accounts: UserAccounts;

  beforeEach(async () => {
    const environment = readEnvironment({ DEMO_DATABASE: ':memory:' });
    const module = await Test.createTestingModule({
      imports: [AppModule.forRoot(environment)],
    }).compile();
    module.useLogger(false);
    app = await module.init();
    accounts = app.get(UserAccounts, { strict: false });
  });

  afterEach(() => app.close());

  /** Codes of the results of executions that were started together; `ok` for a success. */
  async function together(
    workflow: WorkflowClass,
    input: unknown,
    times: number,
  ): Promise<string[]> {
    const manager = app.get(WorkflowManager);
    const results = await manager.runAsTenant('demo', () =>
      Promise.all(
        Array.from({ length: times }, (): Promise<WorkflowResult<unknown>> =>
          manager.runWorkflow(workflow, input),
        ),
      ),
    );
    return results
      .map(({ success, errors }) => (success ? 'ok' : (errors?.[0]?.code ?? '')))
      .toSorted();
  }

  it('publishes no more job posts than allowed, however many come at once', async () => {
    const post = { title: 'Gardener', description: 'Outside' };

    expect(await together(JobPostPublishingWorkflow, post, 5)).toEqual([
      'JOB_POST_LIMIT_REACHED',
      'JOB_POST_LIMIT_REACHED',
      'JOB_POST_LIMIT_REACHED',
      'ok',
      'ok',
    ]);
    expect(await app.get(JobPosts, { strict: false }).list('demo')).toHaveLength(2);
  });

  it('gives an address to one of those who register with it at once', async () => {
    expect(await together(UserRegistrationWorkflow, REGISTRATION, 3)).toEqual([
      'EMAIL_TAKEN',
      'EMAIL_TAKEN',
      'ok',
    ]);
    expect(await accounts.list('demo')).toHaveLength(1);
  });

  it('refuses a user beyond the limit', async () => {
    await accounts.add(user('first'), 1);

    await expect(accounts.add(user('second'), 1)).rejects.toMatchObject({
      code: 'USER_LIMIT_REACHED',
      statusCode: 403,
    });
  });

  it('counts the users of the tenant only', async () => {
    await accounts.add(user('first', 'luxgen'), 1);

    await expect(accounts.add(user('first'), 1)).resolves.toMatchObject({ userId: 'first' });
  });

  it('adds a user once when the step is repeated at the limit', async () => {
    const added = await accounts.add(user('first'), 1);

    expect(await accounts.add(user('first'), 1)).toEqual(added);
    expect(await accounts.list('demo')).toEqual([added]);
  });
});
