import { API_KEY_OWNERS } from '../configuration/api-key-owners.js';

/** What to try next, ready to be copied into a terminal. */
export function invitation(url: string): string {
  const { luxgen, demo } = API_KEY_OWNERS;
  const keyOf = ({ key }: { key: string }): string => `-H 'Authorization: Bearer ${key}'`;
  const json = "-H 'Content-Type: application/json'";
  const body =
    '{"email":"you@example.com","firstName":"You","lastName":"There","password":"Some-Secret-1"}';
  return [
    `The server keeps running on ${url}. Ctrl-C stops it and removes its database.`,
    '',
    'Register somebody, list the users, read the mails:',
    `  curl -i ${keyOf(luxgen)} ${json} -d '${body}' ${url}/api/v1/users`,
    `  curl ${keyOf(luxgen)} ${url}/api/v1/users`,
    `  curl ${keyOf(luxgen)} ${url}/mailbox`,
    '',
    'Look at an execution (its id is in the header X-Workflow-Id of the first answer):',
    `  curl ${keyOf(luxgen)} ${url}/api/v1/executions/<id>`,
    `  curl ${keyOf(luxgen)} ${url}/api/v1/executions/<id>/step-runs`,
    '',
    'Be somebody else:',
    `  curl ${keyOf(demo)} ${url}/api/v1/job-posts`,
    `  curl ${keyOf(demo)} ${url}/api/v1/activity`,
    '',
  ].join('\n');
}
