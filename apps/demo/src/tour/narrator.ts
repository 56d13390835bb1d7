import { isDeepStrictEqual } from 'node:util';
import type { Paint } from './palette.js';

/** Tells what happens and keeps count of what is not as it should be. */
export class Narrator {
  private scenes = 0;
  private passed = 0;
  private failed = 0;

  constructor(
    private readonly output: NodeJS.WritableStream,
    private readonly paint: Paint,
  ) {}

  get allPassed(): boolean {
    return this.passed > 0 && this.failed === 0;
  }

  scene(title: string): void {
    this.scenes += 1;
    this.line(`\n${this.paint('bold', `${this.scenes}. ${title}`)}`);
  }

  say(text: string): void {
    this.line(`   ${text}`);
  }

  request(text: string): void {
    this.line(this.paint('cyan', `   -> ${text}`));
  }

  answer(text: string): void {
    this.line(this.paint('dim', `   <- ${text}`));
  }

  check(claim: string, actual: unknown, expected: unknown): void {
    if (isDeepStrictEqual(actual, expected)) {
      this.passed += 1;
      this.line(this.paint('green', `   ✓ ${claim}`));
      return;
    }
    this.failed += 1;
    this.line(this.paint('red', `   ✗ ${claim}`));
    this.line(`     expected ${JSON.stringify(expected)}`);
    this.line(`     found    ${JSON.stringify(actual)}`);
  }

  conclusion(): void {
    const total = this.passed + this.failed;
    const text = this.allPassed
      ? `All ${total} expectations were met.`
      : `${this.failed} of ${total} expectations were not met.`;
    this.line(`\n${this.paint(this.allPassed ? 'green' : 'red', text)}`);
  }

  problem(text: string): void {
    this.line(this.paint('red', `\n${text}`));
  }

  line(text: string): void {
    this.output.write(`${text}\n`);
  }
}
