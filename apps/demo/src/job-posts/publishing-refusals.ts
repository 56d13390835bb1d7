import { NonRetryableError } from '@luxgen/workflow';

export const featureMissing = (): NonRetryableError =>
  new NonRetryableError('Job posts are not part of what the tenant has booked', {
    code: 'FEATURE_NOT_AVAILABLE',
    statusCode: 403,
  });

export const jobPostLimitReached = (maxJobPosts: number): NonRetryableError =>
  new NonRetryableError(`The tenant has its ${maxJobPosts} job posts already`, {
    code: 'JOB_POST_LIMIT_REACHED',
    statusCode: 403,
    details: { maxJobPosts },
  });
