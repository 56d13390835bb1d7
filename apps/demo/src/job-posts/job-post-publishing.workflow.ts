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
import { UserAccounts } from '../users/user-accounts.js';
import type { JobPostView } from './job-post-view.js';
import { JobPosts } from './job-posts.js';
import { PublishJobPostDto } from './publish-job-post.dto.js';
import { featureMissing } from './publishing-refusals.js';

interface ValidPost {
  readonly title: string;
  readonly description: string;
}

const onOneLine = (text: string): string => text.trim().replaceAll(/\s+/g, ' ');

@Workflow({
  id: 'job-post-publishing',
  version: '1.0.0',
  name: 'Job post publishing',
  errorHandling: { strategy: 'retry', maxRetries: 3, retryDelay: 1_000 },
})
@UseInterceptors(StepRunRecorder)
export class JobPostPublishingWorkflow {
  static readonly output = 'savePost';

  constructor(
    private readonly posts: JobPosts,
    private readonly accounts: UserAccounts,
    private readonly mailer: Mailer,
    private readonly activities: ActivityLog,
  ) {}

  @Step({ type: 'validation', timeout: 5_000 })
  validatePost(
    @WorkflowInput() { title, description }: PublishJobPostDto,
    @Context() { tenantConfig }: WorkflowContext,
  ): ValidPost {
    if (!tenantConfig.features.includes('job-posting')) throw featureMissing();
    return { title: onOneLine(title), description: description.trim() };
  }

  @Step({ type: 'validation', timeout: 5_000 })
  async checkTenantLimits(@Context() { tenantId, tenantConfig }: WorkflowContext): Promise<void> {
    await this.posts.checkRoom(tenantId, limitOf(tenantConfig, 'maxJobPosts'));
  }

  @Step({
    type: 'data-access',
    dependencies: ['validatePost', 'checkTenantLimits'],
    timeout: 5_000,
  })
  async savePost(
    @StepOutput('validatePost') post: ValidPost,
    @Context() { tenantId, tenantConfig, executionId, startTime, userId }: WorkflowContext,
  ): Promise<JobPostView> {
    return this.posts.add(
      {
        ...post,
        tenantId,
        id: stableId(executionId, 'job-post'),
        publishedBy: userId ?? null,
        publishedAt: startTime,
      },
      limitOf(tenantConfig, 'maxJobPosts'),
    );
  }

  @Step({ type: 'notification', dependencies: ['savePost'], critical: false, timeout: 15_000 })
  async notifySubscribers(
    @StepOutput('savePost') { title }: JobPostView,
    @Context() { executionId, tenantConfig, tenantId, signal }: WorkflowContext,
  ): Promise<{ notified: number }> {
    const subscribers = await this.accounts.emails(tenantId);
    if (subscribers.length > 0) {
      await this.mailer.send(
        tenantConfig,
        {
          id: stableId(executionId, 'job-post-mail'),
          to: subscribers,
          subject: `New at ${tenantConfig.name}: ${title}`,
          text: `${tenantConfig.name} is looking for somebody: ${title}`,
        },
        signal,
      );
    }
    return { notified: subscribers.length };
  }

  @Step({ type: 'data-access', dependencies: ['savePost'], critical: false, timeout: 5_000 })
  async logActivity(
    @StepOutput('savePost') { title }: JobPostView,
    @Context() { executionId, tenantId, userId }: WorkflowContext,
  ): Promise<void> {
    await this.activities.add({
      tenantId,
      id: stableId(executionId, 'activity'),
      action: 'job_post_published',
      subject: title,
      actorId: userId ?? null,
    });
  }
}
