import type { Address } from "../units.ts";
import { decodeBase58, encodeBase58 } from "./base58.ts";

const UTF8 = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true });
const UTF8_ENCODER = new TextEncoder();

/**
 * Reads little-endian Borsh values in order. Past the end it reads zeros, because accounts and
 * events of older programs are prefixes of the newer ones; `overrun` tells that this happened.
 */
export class ByteReader {
  readonly #data: Uint8Array;
  readonly #view: DataView;
  #offset = 0;
  #overrun = false;

  constructor(data: Uint8Array, offset = 0) {
    this.#data = data;
    this.#view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    this.#offset = offset;
  }

  get offset(): number {
    return this.#offset;
  }

  /** Bytes left; zero once past the end. */
  get remaining(): number {
    return Math.max(0, this.#data.length - this.#offset);
  }

  /** True once a value reached past the end of the data. */
  get overrun(): boolean {
    return this.#overrun;
  }

  /** The next `length` bytes as a copy, zero-padded. */
  bytes(length: number): Uint8Array {
    const out = new Uint8Array(length);
    out.set(this.#data.subarray(this.#offset, this.#offset + length));
    this.#offset += length;
    if (this.#offset > this.#data.length) this.#overrun = true;
    return out;
  }

  skip(length: number): void {
    this.#offset += length;
    if (this.#offset > this.#data.length) this.#overrun = true;
  }

  u8(): number {
    const value = this.#data[this.#offset] ?? 0;
    this.skip(1);
    return value;
  }

  u16(): number {
    return this.u8() + this.u8() * 2 ** 8;
  }

  u32(): number {
    const at = this.#offset;
    if (at + 4 > this.#data.length) return this.u16() + this.u16() * 2 ** 16;
    this.#offset += 4;
    return this.#view.getUint32(at, true);
  }

  i32(): number {
    return this.u32() | 0;
  }

  u64(): bigint {
    const low = this.u32();
    return BigInt(low) + (BigInt(this.u32()) << 32n);
  }

  i64(): bigint {
    return BigInt.asIntN(64, this.u64());
  }

  /** The next u64 as decimal text, without a bigint where it is a safe integer. */
  u64Text(): string {
    const low = this.u32();
    const high = this.u32();
    return high < 2 ** 21 ? String(low + high * 2 ** 32) : (BigInt(low) + (BigInt(high) << 32n)).toString();
  }

  u128(): bigint {
    const low = this.u64();
    return low + (this.u64() << 64n);
  }

  i128(): bigint {
    return BigInt.asIntN(128, this.u128());
  }

  /** Borsh bool: any value but zero is true. */
  bool(): boolean {
    return this.u8() !== 0;
  }

  address(): Address {
    const at = this.#offset;
    if (at + 32 > this.#data.length) return encodeBase58(this.bytes(32));
    this.#offset += 32;
    return encodeBase58(this.#data.subarray(at, at + 32));
  }

  /**
   * Borsh string (u32 length, UTF-8; invalid sequences become U+FFFD). A length past the end takes
   * what is there and sets `overrun`.
   */
  string(): string {
    const length = this.u32();
    const taken = Math.min(length, this.remaining);
    const text = UTF8.decode(this.#data.subarray(this.#offset, this.#offset + taken));
    this.skip(taken);
    if (taken < length) this.#overrun = true;
    return text;
  }
}

/** Writes little-endian Borsh values in order; throws a RangeError on a value that does not fit. */
export class ByteWriter {
  readonly #bytes: number[] = [];

  get length(): number {
    return this.#bytes.length;
  }

  u8(value: number): this {
    return this.#unsigned(BigInt(value), 1);
  }

  u16(value: number): this {
    return this.#unsigned(BigInt(value), 2);
  }

  u32(value: number): this {
    return this.#unsigned(BigInt(value), 4);
  }

  i32(value: number): this {
    return this.#signed(BigInt(value), 4);
  }

  u64(value: bigint): this {
    return this.#unsigned(value, 8);
  }

  i64(value: bigint): this {
    return this.#signed(value, 8);
  }

  u128(value: bigint): this {
    return this.#unsigned(value, 16);
  }

  i128(value: bigint): this {
    return this.#signed(value, 16);
  }

  bool(value: boolean): this {
    return this.u8(value ? 1 : 0);
  }

  bytes(value: Uint8Array): this {
    for (const byte of value) this.#bytes.push(byte);
    return this;
  }

  address(value: Address): this {
    const bytes = decodeBase58(value);
    if (bytes?.length !== 32) throw new RangeError(`not an address: ${value}`);
    return this.bytes(bytes);
  }

  string(value: string): this {
    const bytes = UTF8_ENCODER.encode(value);
    return this.u32(bytes.length).bytes(bytes);
  }

  /** Appends zeros until `length` bytes are written. */
  padTo(length: number): this {
    while (this.#bytes.length < length) this.#bytes.push(0);
    return this;
  }

  toBytes(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }

  #signed(value: bigint, length: number): this {
    const bits = length * 8;
    if (BigInt.asIntN(bits, value) !== value) throw new RangeError(`${value} does not fit i${bits}`);
    return this.#unsigned(BigInt.asUintN(bits, value), length);
  }

  #unsigned(value: bigint, length: number): this {
    const bits = length * 8;
    if (BigInt.asUintN(bits, value) !== value) throw new RangeError(`${value} does not fit u${bits}`);
    let rest = value;
    for (let i = 0; i < length; i++) {
      this.#bytes.push(Number(rest & 0xffn));
      rest >>= 8n;
    }
    return this;
  }
}

const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Lower-case hexadecimal text of `bytes`. */
export function toHex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += HEX[byte];
  return text;
}

/** Bytes of an even-length hexadecimal text; throws on anything else (constants only). */
export function fromHex(text: string): Uint8Array {
  if (!/^([0-9a-f]{2})*$/i.test(text)) throw new RangeError(`not hexadecimal: ${text}`);
  return Uint8Array.from({ length: text.length / 2 }, (_, i) => Number.parseInt(text.slice(2 * i, 2 * i + 2), 16));
}

/** True when `data` starts with `prefix`. */
export function startsWith(data: Uint8Array, prefix: Uint8Array): boolean {
  return data.length >= prefix.length && prefix.every((byte, i) => data[i] === byte);
}
