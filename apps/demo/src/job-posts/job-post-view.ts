import type { JobPost } from './job-post.entity.js';

/** What of a job post leaves the application. */
export interface JobPostView {
  readonly jobPostId: string;
  readonly title: string;
  readonly description: string;
  readonly publishedAt: Date;
}

export const viewOf = ({ id, title, description, publishedAt }: JobPost): JobPostView => ({
  jobPostId: id,
  title,
  description,
  publishedAt,
});
