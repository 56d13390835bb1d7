/** What happened, as a number that two equal runs share; as lines only where somebody will read them. */
export class Trace {
  private first = 0x811c9dc5;
  private second = 0x9e3779b9;
  private readonly words = new Uint32Array(2);
  private readonly number = new Float64Array(this.words.buffer);

  constructor(readonly lines?: string[]) {}

  get hash(): string {
    const hex = (value: number): string => (value >>> 0).toString(16).padStart(8, '0');
    return hex(this.first) + hex(this.second);
  }

  /** `say` is asked only when lines are kept. */
  note(at: number, who: string, what: string, say?: () => string): void {
    this.number[0] = at;
    this.mix(this.words[0] ?? 0);
    this.mix(this.words[1] ?? 0);
    this.text(who);
    this.text(what);
    this.lines?.push(`${at.toFixed(3).padStart(12)} ${who.padEnd(6)} ${what} ${say?.() ?? ''}`);
  }

  text(text: string): void {
    for (let i = 0; i < text.length; i += 1) this.mix(text.charCodeAt(i));
    this.mix(text.length);
  }

  private mix(word: number): void {
    this.first = Math.imul(this.first ^ word, 0x01000193);
    this.second = Math.imul(this.second ^ (this.first >>> 7) ^ word, 0x85ebca6b);
  }
}
