/** Lines of the log that are kept for a failure. */
const TAIL = 400;

/** What happened, as a hash of everything and the newest lines in full. */
export class EventLog {
  #a = 0x811c9dc5;
  #b = 0x1b873593;
  readonly #lines: string[] = [];
  #count = 0;

  add(atMs: number, text: string): void {
    let a = Math.imul(this.#a ^ (atMs & 0xffff_ffff), 0x01000193);
    let b = Math.imul(this.#b ^ Math.floor(atMs / 0x1_0000_0000), 0x85ebca6b);
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      a = Math.imul(a ^ code, 0x01000193);
      b = Math.imul(b ^ code, 0xcc9e2d51) ^ (b >>> 15);
    }
    this.#a = a;
    this.#b = b;
    this.#lines[this.#count++ % TAIL] = `${atMs} ${text}`;
  }

  get hash(): string {
    return (this.#a >>> 0).toString(16).padStart(8, "0") + (this.#b >>> 0).toString(16).padStart(8, "0");
  }

  /** The newest lines, the oldest of them first. */
  tail(): string[] {
    const start = this.#count % TAIL;
    return this.#count <= TAIL ? this.#lines.slice(0, this.#count) : [...this.#lines.slice(start), ...this.#lines.slice(0, start)];
  }
}
