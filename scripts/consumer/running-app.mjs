import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';

const PATIENCE = 30_000;

/** The template app in a process of its own, spoken to over HTTP only. */
export class RunningApp {
  #process;
  #exit;
  #url;

  constructor(folder, adapter, env) {
    this.#process = spawn(process.execPath, ['dist/main.js', adapter], {
      cwd: folder,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#exit = once(this.#process, 'exit');
  }

  /** Waits for the line with the address; `false` when the process ended or said nothing. */
  async isListening() {
    const lines = createInterface({ input: this.#process.stdout });
    const address = new Promise((resolve) => {
      lines.on('line', (line) => {
        console.log(`     ${line}`);
        const found = /^Listening on (\S+)$/.exec(line);
        if (found) resolve(found[1]);
      });
      lines.once('close', () => resolve(undefined));
    });
    this.#url = await Promise.race([address, pause(PATIENCE, undefined, { ref: false })]);
    return this.#url !== undefined;
  }

  /** Sends a request; a body that is not JSON is answered as `undefined`. */
  async send(method, path, key, body) {
    const headers = {
      ...(key ? { 'x-api-key': key } : {}),
      ...(body ? { 'content-type': 'application/json' } : {}),
    };
    const response = await fetch(`${this.#url}/api/v1/users${path}`, {
      method,
      headers,
      ...(body ? { body: JSON.stringify(body) } : {}),
      signal: AbortSignal.timeout(PATIENCE),
    });
    const text = await response.text();
    try {
      return { status: response.status, body: JSON.parse(text), text };
    } catch {
      return { status: response.status, body: undefined, text };
    }
  }

  /** Asks the process to end; `false` when it had to be killed. */
  async stop() {
    this.#process.kill('SIGTERM');
    const ended = await Promise.race([
      this.#exit.then(() => true),
      pause(PATIENCE, false, { ref: false }),
    ]);
    if (!ended) this.#process.kill('SIGKILL');
    return ended;
  }
}
