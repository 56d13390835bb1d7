import { NonRetryableError } from '@luxgen/workflow';

export const emailTaken = (email: string): NonRetryableError =>
  new NonRetryableError(`"${email}" is registered already`, {
    code: 'EMAIL_TAKEN',
    statusCode: 409,
  });

export const userLimitReached = (maxUsers: number): NonRetryableError =>
  new NonRetryableError(`The tenant has its ${maxUsers} users already`, {
    code: 'USER_LIMIT_REACHED',
    statusCode: 403,
    details: { maxUsers },
  });
