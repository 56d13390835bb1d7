import type { User } from './user.entity.js';

/** What of a user leaves the application. */
export interface UserView {
  readonly userId: string;
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
}

export const viewOf = ({ id, email, firstName, lastName }: User): UserView => ({
  userId: id,
  email,
  firstName,
  lastName,
});
