import { base58 } from "@scure/base";

/**
 * Longest text that is decoded: decoding costs the square of the length. An instruction in a
 * transaction packet has at most 1,232 bytes (Solana PACKET_DATA_SIZE, 1,683 characters); events
 * in inner instructions stay below that too.
 */
export const MAX_BASE58_CHARS = 4_096;

/*
 * Addresses and event payloads are most of what is decoded and encoded, and a base conversion digit
 * by digit costs more than all other decoding together. Both ways are sums of table rows instead:
 * the number is sum(chunk × row), with rows of 58^(4k) in limbs of 24 bits, or of 2^(16k) in digits
 * of base 58^4. Products of a chunk and a limb stay below 2^48 and are added up in doubles, exactly;
 * carries are taken once at the end, or every 40 chunks, before a sum could reach 2^53.
 */
const ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const ONE = ALPHABET.charCodeAt(0);
const DIGIT = new Int8Array(128).fill(-1);
for (let i = 0; i < ALPHABET.length; i++) DIGIT[ALPHABET.charCodeAt(i)] = i;
/** Character codes of a number below 58² in two digits. */
const PAIR_HIGH: readonly number[] = Array.from({ length: 58 ** 2 }, (_, i) => ALPHABET.charCodeAt(Math.floor(i / 58)));
const PAIR_LOW: readonly number[] = Array.from({ length: 58 ** 2 }, (_, i) => ALPHABET.charCodeAt(i % 58));
const PAIR = 58 ** 2;
const QUAD = 58 ** 4;
const LIMB = 2 ** 24;
/** Exact, and cheaper than a division. */
const PER_LIMB = 2 ** -24;
/**
 * 562 bytes; the largest event of 2026 has 504. Longer texts are rare and go digit by digit: the rows
 * would take the square of the length in memory.
 */
const MAX_FAST_CHARS = 768;
const CHUNKS_BETWEEN_CARRIES = 40;

const MAX_CHUNKS = MAX_FAST_CHARS / 4;
/** Limbs of the largest power and one for carries. */
const STRIDE = MAX_CHUNKS + 2;
/** 58^(4k) in limbs of 24 bits, least significant first, at k × STRIDE; made when first needed. */
let powers = Float64Array.of(1);
let powersMade = 0;
const limbs = new Float64Array(STRIDE);
const chunks = new Float64Array(MAX_CHUNKS + 3);

const ADDRESS_BYTES = 32;
const ADDRESS_WORDS = ADDRESS_BYTES / 2;
/** Digits of base 58^4 that hold 256 bits. */
const ADDRESS_DIGITS = 11;
/** Digit i of 2^(16k), least significant first, at i × ADDRESS_WORDS + k. */
const WORD_DIGITS = new Float64Array(ADDRESS_DIGITS * ADDRESS_WORDS);
/** The first word that has anything in digit i. */
const FIRST_WORD = new Int8Array(ADDRESS_DIGITS).fill(ADDRESS_WORDS);
for (let k = 0; k < ADDRESS_WORDS; k++) {
  let rest = 1n << BigInt(16 * k);
  for (let i = 0; rest > 0n; i++) {
    WORD_DIGITS[i * ADDRESS_WORDS + k] = Number(rest % BigInt(QUAD));
    FIRST_WORD[i] = Math.min(FIRST_WORD[i] ?? 0, k);
    rest /= BigInt(QUAD);
  }
}
const words = new Float64Array(ADDRESS_WORDS);
/** Filled anew for every address; a plain array, which becomes a text fastest. */
const codes: number[] = Array.from({ length: 4 * ADDRESS_DIGITS }, () => ONE);

/** Base58 text (Bitcoin alphabet) of `bytes`, 2,048 at most: the library throws beyond. */
export function encodeBase58(bytes: Uint8Array): string {
  return bytes.length === ADDRESS_BYTES ? encodeAddress(bytes) : base58.encode(bytes);
}

/** Bytes of a base58 text; null when a character is outside the alphabet or the text is too long. */
export function decodeBase58(text: string): Uint8Array | null {
  if (text.length <= MAX_FAST_CHARS) return decodeShort(text);
  if (text.length > MAX_BASE58_CHARS) return null;
  try {
    return base58.decode(text);
  } catch {
    return null;
  }
}

function encodeAddress(bytes: Uint8Array): string {
  for (let k = 0, at = ADDRESS_BYTES - 2; k < ADDRESS_WORDS; k++, at -= 2) words[k] = (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0);
  let carry = 0;
  for (let i = 0, at = codes.length - 4; i < ADDRESS_DIGITS; i++, at -= 4) {
    let value = carry;
    const row = i * ADDRESS_WORDS;
    for (let k = FIRST_WORD[i] ?? 0; k < ADDRESS_WORDS; k++) value += (words[k] ?? 0) * (WORD_DIGITS[row + k] ?? 0);
    carry = Math.floor(value / QUAD);
    const digit = value - carry * QUAD;
    const high = Math.floor(digit / PAIR);
    const low = digit - high * PAIR;
    codes[at] = PAIR_HIGH[high] ?? ONE;
    codes[at + 1] = PAIR_LOW[high] ?? ONE;
    codes[at + 2] = PAIR_HIGH[low] ?? ONE;
    codes[at + 3] = PAIR_LOW[low] ?? ONE;
  }
  // Digits of the number, without the zeros in front, and a "1" for every zero byte in front.
  let from = 0;
  while (codes[from] === ONE) from++;
  for (let i = 0; i < ADDRESS_BYTES && bytes[i] === 0; i++) from--;
  const text = String.fromCharCode(...codes);
  return from >= 0 ? text.slice(from) : "1".repeat(-from) + text;
}

function decodeShort(text: string): Uint8Array | null {
  const length = text.length;
  let zeros = 0;
  while (zeros < length && text.charCodeAt(zeros) === ONE) zeros++;
  let count = 0;
  for (let end = length; end > zeros; end -= 4) {
    let chunk = 0;
    for (let at = Math.max(zeros, end - 4); at < end; at++) {
      const code = text.charCodeAt(at);
      const digit = code < 128 ? (DIGIT[code] ?? -1) : -1;
      if (digit < 0) return null;
      chunk = chunk * 58 + digit;
    }
    chunks[count++] = chunk;
  }
  chunks.fill(0, count, count + 3);
  makePowers(count);
  limbs.fill(0, 0, count + 1);
  // Four rows at once: half the memory traffic. Power k has k + 1 limbs at most.
  for (let k = 0; k < count; k += 4) {
    const [a, b, c, d] = [chunks[k] ?? 0, chunks[k + 1] ?? 0, chunks[k + 2] ?? 0, chunks[k + 3] ?? 0];
    const [rowA, rowB, rowC, rowD] = [k * STRIDE, (k + 1) * STRIDE, (k + 2) * STRIDE, (k + 3) * STRIDE];
    const end = Math.min(k + 4, count);
    for (let i = 0; i < end; i++) {
      const sum = a * (powers[rowA + i] ?? 0) + b * (powers[rowB + i] ?? 0) + c * (powers[rowC + i] ?? 0) + d * (powers[rowD + i] ?? 0);
      limbs[i] = (limbs[i] ?? 0) + sum;
    }
    if (k % CHUNKS_BETWEEN_CARRIES === CHUNKS_BETWEEN_CARRIES - 4) carryLimbs(end + 1);
  }
  carryLimbs(count + 1);
  let last = count;
  while (last >= 0 && limbs[last] === 0) last--;
  const top = last < 0 ? 0 : (limbs[last] ?? 0);
  const size = zeros + Math.max(0, last) * 3 + (top === 0 ? 0 : top < 2 ** 8 ? 1 : top < 2 ** 16 ? 2 : 3);
  const bytes = new Uint8Array(size);
  for (let i = 0, at = size - 1; i <= last; i++) {
    const limb = limbs[i] ?? 0;
    for (let shift = 0; shift < 24 && at >= zeros; shift += 8) bytes[at--] = limb >>> shift;
  }
  return bytes;
}

/** Makes the powers of the first `count` chunks, rounded up to the four that are read at once. */
function makePowers(count: number): void {
  if (count <= powersMade) return;
  const made = Math.min(MAX_CHUNKS, Math.max(12, count + 3));
  const table = new Float64Array((made + 3) * STRIDE);
  table[0] = 1;
  for (let k = 1; k < made; k++) {
    let carry = 0;
    for (let i = 0; i <= k; i++) {
      const value = (table[(k - 1) * STRIDE + i] ?? 0) * QUAD + carry;
      carry = Math.floor(value / LIMB);
      table[k * STRIDE + i] = value - carry * LIMB;
    }
  }
  powers = table;
  powersMade = made;
}

function carryLimbs(used: number): void {
  let carry = 0;
  for (let i = 0; i < used; i++) {
    const value = (limbs[i] ?? 0) + carry;
    carry = Math.floor(value * PER_LIMB);
    limbs[i] = value - carry * LIMB;
  }
}
