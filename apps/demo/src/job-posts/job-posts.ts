import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { JobPost } from './job-post.entity.js';
import { viewOf, type JobPostView } from './job-post-view.js';
import { jobPostLimitReached } from './publishing-refusals.js';

const LARGEST_LIST = 100;

/** The job posts of one tenant at a time. */
@Injectable()
export class JobPosts {
  constructor(@InjectRepository(JobPost) private readonly posts: Repository<JobPost>) {}

  /** Newest first. */
  async list(tenantId: string): Promise<JobPostView[]> {
    const posts = await this.posts.find({
      where: { tenantId },
      order: { publishedAt: 'DESC', id: 'ASC' },
      take: LARGEST_LIST,
    });
    return posts.map(viewOf);
  }

  /** @throws `JOB_POST_LIMIT_REACHED` */
  async checkRoom(tenantId: string, maxJobPosts: number): Promise<void> {
    await refuseWithoutRoom(this.posts, tenantId, maxJobPosts);
  }

  /**
   * Adds a post, once for each id. The check is repeated in the transaction, because other posts
   * may have come in between.
   *
   * @throws `JOB_POST_LIMIT_REACHED`
   */
  async add(post: JobPost, maxJobPosts: number): Promise<JobPostView> {
    const { tenantId, id } = post;
    return this.posts.manager.transaction(async (manager) => {
      const posts = manager.getRepository(JobPost);
      const existing = await posts.findOneBy({ tenantId, id });
      if (existing) return viewOf(existing);
      await refuseWithoutRoom(posts, tenantId, maxJobPosts);
      await posts.insert(post);
      return viewOf(post);
    });
  }
}

async function refuseWithoutRoom(
  posts: Repository<JobPost>,
  tenantId: string,
  maxJobPosts: number,
): Promise<void> {
  if ((await posts.countBy({ tenantId })) >= maxJobPosts) throw jobPostLimitReached(maxJobPosts);
}
