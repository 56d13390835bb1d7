/** The password of everybody who registers during the tour. */
export const TOUR_PASSWORD = 'Correct-Horse-7-Battery';

/** What somebody sends to register. */
export const registrationOf = (
  firstName: string,
  lastName: string,
  domain = 'example.com',
): Record<'email' | 'firstName' | 'lastName' | 'password', string> => ({
  email: `${firstName.toLowerCase()}@${domain}`,
  firstName,
  lastName,
  password: TOUR_PASSWORD,
});
