import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ActivityModule } from '../activity/activity.module.js';
import { MailModule } from '../mail/mail.module.js';
import { StepRunsModule } from '../step-runs/step-runs.module.js';
import { UsersModule } from '../users/users.module.js';
import { JobPost } from './job-post.entity.js';
import { JobPostPublishingWorkflow } from './job-post-publishing.workflow.js';
import { JobPosts } from './job-posts.js';
import { JobPostsController } from './job-posts.controller.js';

@Module({
  imports: [
    TypeOrmModule.forFeature([JobPost]),
    ActivityModule,
    MailModule,
    StepRunsModule,
    UsersModule,
  ],
  controllers: [JobPostsController],
  providers: [JobPosts, JobPostPublishingWorkflow],
})
export class JobPostsModule {}
