import { encodeBase58 } from "./base58.ts";

/** Leaves the reader at bytes that cannot be read; never crosses the border of the module that reads. */
export class WireFormatError extends Error {}

/** Reads exactly what is there: a byte past the end is an error, not a zero. Throws WireFormatError. */
export class WireReader {
  readonly #data: Uint8Array;
  #offset = 0;

  constructor(data: Uint8Array) {
    this.#data = data;
  }

  get atEnd(): boolean {
    return this.#offset === this.#data.length;
  }

  peek(): number {
    return this.#data[this.#offset] ?? 0;
  }

  u8(): number {
    const value = this.#data[this.#offset];
    if (value === undefined) throw new WireFormatError("cut off");
    this.#offset++;
    return value;
  }

  /** The next `length` bytes as a copy. */
  bytes(length: number): Uint8Array {
    const end = this.#offset + length;
    if (end > this.#data.length) throw new WireFormatError("cut off");
    const bytes = this.#data.slice(this.#offset, end);
    this.#offset = end;
    return bytes;
  }

  /**
   * Solana's compact-u16: seven bits per byte, least significant first, 65,535 at most. A length
   * with a needless byte is refused, as the runtime does (solana-short-vec `deserialize`).
   */
  compactU16(): number {
    let value = 0;
    for (let shift = 0; shift <= 14; shift += 7) {
      const byte = this.u8();
      if (byte === 0 && shift > 0) throw new WireFormatError("length is not in its shortest form");
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) {
        if (value > 0xffff) throw new WireFormatError("length exceeds 16 bits");
        return value;
      }
    }
    throw new WireFormatError("length has more than three bytes");
  }

  list<T>(read: () => T): T[] {
    const items: T[] = [];
    for (let left = this.compactU16(); left > 0; left--) items.push(read());
    return items;
  }

  indexes(): number[] {
    return Array.from(this.bytes(this.compactU16()));
  }

  key(): string {
    return encodeBase58(this.bytes(32));
  }
}
