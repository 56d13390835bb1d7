import { Body, Controller, Get, Post, UseGuards, UseInterceptors } from '@nestjs/common';
import {
  RunWorkflow,
  TenantGuard,
  WorkflowResultInterceptor,
  type TenantConfiguration,
} from '@luxgen/workflow';
import { CurrentTenant } from '../auth/current-tenant.decorator.js';
import { JobPostPublishingWorkflow } from './job-post-publishing.workflow.js';
import type { JobPostView } from './job-post-view.js';
import { JobPosts } from './job-posts.js';
import { PublishJobPostDto } from './publish-job-post.dto.js';

@Controller('api/v1/job-posts')
@UseGuards(TenantGuard)
export class JobPostsController {
  constructor(private readonly posts: JobPosts) {}

  @Post()
  @RunWorkflow(JobPostPublishingWorkflow, { wait: '5s' })
  publish(@Body() _post: PublishJobPostDto): void {}

  @Get()
  @UseInterceptors(WorkflowResultInterceptor)
  list(@CurrentTenant() { id }: TenantConfiguration): Promise<JobPostView[]> {
    return this.posts.list(id);
  }
}
