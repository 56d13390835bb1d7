import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { ServerProcess } from '../../apps/demo/src/tour/server-process.js';

const BUILT = join(process.cwd(), 'dist', 'apps', 'demo');
const MINUTE = 60_000;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'workflow-demo-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** The tour as a process, with what it printed so far. */
class TourProcess {
  printed = '';
  readonly ended: Promise<number | null>;
  private readonly child: ChildProcessByStdio<null, Readable, Readable>;

  constructor(args: readonly string[], variables: NodeJS.ProcessEnv = {}) {
    const child = spawn(process.execPath, [join(BUILT, 'tour.js'), ...args], {
      cwd: folder,
      env: { ...process.env, ...variables },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8');
      stream.on('data', (text: string) => {
        this.printed += text;
      });
    }
    this.ended = once(child, 'close').then(([code]) => code as number | null);
    this.child = child;
  }

  interrupt(): void {
    this.child.kill('SIGINT');
  }

  /** What the group of the pattern matches, as soon as it is printed. */
  async match(pattern: RegExp): Promise<string> {
    const ended = this.ended.then(() => {
      throw new Error(`The tour ended without ${pattern}:\n${this.printed}`);
    });
    for (;;) {
      const [, found] = pattern.exec(this.printed) ?? [];
      if (found !== undefined) return found;
      await Promise.race([once(this.child.stdout, 'data'), ended]);
    }
  }

  async databasesLeft(): Promise<string[]> {
    return readdir(join(folder, '.luxgen'));
  }
}

describe('the tour of the demo', () => {
  it(
    'shows everything once and ends with 0',
    async () => {
      const tour = new TourProcess(['--once']);

      expect(await tour.ended).toBe(0);
      expect(tour.printed).not.toContain('✗');
      expect(tour.printed).not.toContain('\u001b[');
      for (const line of [
        '✓ it answers 201 with an envelope',
        '✓ one mail of this tenant, to the new user',
        '✓ with an invalid body: 422',
        '✓ with an address that is taken: 409',
        '✓ two posts are published, the third is refused: 403',
        '✓ another tenant does not: 404',
        '✓ an id that nobody has gets the same answer',
        '✓ each with the same execution',
        '✓ no finished step ran twice',
        '✓ no file holds a password',
      ]) {
        expect(tour.printed).toContain(line);
      }
      expect(await tour.databasesLeft()).toEqual([]);
    },
    2 * MINUTE,
  );

  it(
    'serves after the tour until it is interrupted, and ends cleanly even when told twice',
    async () => {
      const tour = new TourProcess([]);
      const url = await tour.match(/keeps running on (http:\/\/127\.0\.0\.1:\d+)\./);
      const health = await fetch(`${url}/health`);
      expect(await health.json()).toEqual({ status: 'ok' });

      tour.interrupt();
      tour.interrupt();

      expect(await tour.ended).toBe(0);
      await expect(fetch(`${url}/health`)).rejects.toThrow();
      expect(await tour.databasesLeft()).toEqual([]);
    },
    2 * MINUTE,
  );

  it(
    'does not end with 0 when the server cannot start',
    async () => {
      const tour = new TourProcess(['--once'], { PORT: '70000' });

      expect(await tour.ended).toBe(1);
      expect(tour.printed).toContain('PORT: "70000" is not a port');
      expect(await tour.databasesLeft()).toEqual([]);
    },
    MINUTE,
  );
});

describe('the server of the demo', () => {
  let server: ServerProcess | undefined;
  afterEach(async () => {
    await server?.stop();
  });

  const start = async (pauseBefore: readonly string[] = []): Promise<ServerProcess> => {
    server = new ServerProcess({
      script: join(BUILT, 'main.js'),
      database: join(folder, 'demo.sqlite'),
      pauseBefore,
    });
    await server.ready();
    return server;
  };

  const headers = {
    authorization: 'Bearer luxgen-demo-key',
    'content-type': 'application/json',
  };
  const get = async (path: string): Promise<{ data: unknown }> => {
    const response = await fetch(`${server?.url}${path}`, { headers });
    return (await response.json()) as { data: unknown };
  };
  const post = (path: string, body: object, idempotencyKey: string): Promise<Response> =>
    fetch(`${server?.url}${path}`, {
      method: 'POST',
      headers: { ...headers, 'idempotency-key': idempotencyKey },
      body: JSON.stringify(body),
    });

  const filesWith = async (text: string): Promise<string[]> => {
    const names = await readdir(folder);
    const contents = await Promise.all(names.map((name) => readFile(join(folder, name))));
    return names.filter((_name, index) => contents[index]?.includes(text));
  };

  it(
    'finishes after a SIGKILL what it had begun, without running a finished step again',
    async () => {
      const key = randomUUID();
      const publish = (): Promise<Response> =>
        post('/api/v1/job-posts', { title: 'Gardener', description: 'Outside' }, key);
      const first = await start(['savePost']);
      const cutOff = publish().catch(() => 'cut off');
      const executionId = await first.pausedBefore(['savePost']);
      expect(await first.kill()).toBe('SIGKILL');
      expect(await cutOff).toBe('cut off');

      const second = await start();
      const answer = await publish();

      expect(answer.status).toBe(201);
      expect(answer.headers.get('x-workflow-id')).toBe(executionId);
      const { data: runs } = await get(`/api/v1/executions/${executionId}/step-runs`);
      expect(runs).toHaveLength(5);
      const ran = (stepId: string, { pid }: ServerProcess): unknown =>
        expect.objectContaining({ stepId, processId: pid });
      expect(runs).toEqual(
        expect.arrayContaining([
          ran('validatePost', first),
          ran('checkTenantLimits', first),
          ran('savePost', second),
          ran('notifySubscribers', second),
          ran('logActivity', second),
        ]),
      );
      const { data: execution } = await get(`/api/v1/executions/${executionId}`);
      expect(execution).toMatchObject({ status: 'completed', degraded: false });
      expect((await get('/api/v1/job-posts')).data).toHaveLength(1);
    },
    MINUTE,
  );

  it(
    'writes no password to any file, neither while it works nor at the end',
    async () => {
      const password = 'Quite-A-Secret-31';
      const person = { email: 'ada@example.com', firstName: 'Ada', lastName: 'Lovelace', password };
      const paused = await start(['createUser']);
      const cutOff = post('/api/v1/users', person, randomUUID()).catch(() => undefined);
      await paused.pausedBefore(['createUser']);
      await paused.kill();
      await cutOff;
      expect(await filesWith('scrypt$')).not.toEqual([]);
      expect(await filesWith(password)).toEqual([]);

      await start();
      const { status } = await post(
        '/api/v1/users',
        { ...person, email: 'eve@example.com' },
        randomUUID(),
      );
      expect(status).toBe(201);
      expect(await server?.stop()).toBe('exit code 0');
      expect(await filesWith('scrypt$')).not.toEqual([]);
      expect(await filesWith(password)).toEqual([]);
    },
    MINUTE,
  );
});
