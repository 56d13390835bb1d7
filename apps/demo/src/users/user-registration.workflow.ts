import { UseInterceptors } from '@nestjs/common';
import {
  Context,
  Step,
  StepOutput,
  Workflow,
  WorkflowContext,
  WorkflowInput,
} from '@luxgen/workflow';
import { ActivityLog } from '../activity/activity-log.js';
import { limitOf } from '../configuration/tenant-limit.js';
import { stableId } from '../executions/stable-id.js';
import { Mailer } from '../mail/mailer.js';
import { StepRunRecorder } from '../step-runs/step-run.recorder.js';
import { UserAccounts } from './user-accounts.js';
import { UserRegistrationInput } from './user-registration.input.js';
import type { UserView } from './user-view.js';

@Workflow({
  id: 'user-registration',
  version: '1.0.0',
  name: 'User registration',
  errorHandling: { strategy: 'retry', maxRetries: 3, retryDelay: 1_000 },
})
@UseInterceptors(StepRunRecorder)
export class UserRegistrationWorkflow {
  static readonly output = 'createUser';

  constructor(
    private readonly accounts: UserAccounts,
    private readonly mailer: Mailer,
    private readonly activities: ActivityLog,
  ) {}

  @Step({ type: 'validation', timeout: 5_000 })
  async validateInput(
    @WorkflowInput() { email }: UserRegistrationInput,
    @Context() { tenantId, tenantConfig }: WorkflowContext,
  ): Promise<void> {
    await this.accounts.checkRoomFor(email, tenantId, limitOf(tenantConfig, 'maxUsers'));
  }

  @Step({ type: 'data-access', dependencies: ['validateInput'], timeout: 5_000 })
  async createUser(
    @WorkflowInput() { email, firstName, lastName, passwordHash }: UserRegistrationInput,
    @Context() context: WorkflowContext,
  ): Promise<UserView> {
    const { tenantId, tenantConfig, executionId, startTime, userId } = context;
    const user = await this.accounts.add(
      {
        tenantId,
        id: stableId(executionId, 'user'),
        email,
        firstName,
        lastName,
        passwordHash,
        createdAt: startTime,
      },
      limitOf(tenantConfig, 'maxUsers'),
    );
    context.auditTrail.push({
      timestamp: new Date(),
      action: 'user_registration',
      userId,
      tenantId,
      resource: 'user',
      details: { ...user },
    });
    return user;
  }

  @Step({
    type: 'notification',
    dependencies: ['createUser'],
    critical: false,
    timeout: 15_000,
  })
  async sendWelcomeEmail(
    @StepOutput('createUser') user: UserView,
    @Context() { executionId, tenantConfig, signal }: WorkflowContext,
  ): Promise<void> {
    await this.mailer.send(
      tenantConfig,
      {
        id: stableId(executionId, 'welcome-mail'),
        to: [user.email],
        subject: `Welcome to ${tenantConfig.name}`,
        text: `Hello ${user.firstName}, your account at ${tenantConfig.name} is ready.`,
      },
      signal,
    );
  }

  @Step({ type: 'data-access', dependencies: ['createUser'], critical: false, timeout: 5_000 })
  async logActivity(
    @StepOutput('createUser') user: UserView,
    @Context() { executionId, tenantId, userId }: WorkflowContext,
  ): Promise<void> {
    await this.activities.add({
      tenantId,
      id: stableId(executionId, 'activity'),
      action: 'user_registered',
      subject: user.email,
      actorId: userId ?? null,
    });
  }
}
