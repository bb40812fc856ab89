import { base58 } from "@scure/base";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeBase58, encodeBase58, MAX_BASE58_CHARS } from "./base58.ts";

/** Zeros in front and extreme bytes are where limb arithmetic goes wrong. */
const bytes = fc
  .tuple(
    fc.nat(40),
    fc.oneof(
      fc.uint8Array({ maxLength: 70 }),
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      fc.uint8Array({ maxLength: 620 }),
      fc.tuple(fc.nat(80), fc.constantFrom(0x00, 0x01, 0x80, 0xff)).map(([length, value]) => new Uint8Array(length).fill(value)),
    ),
  )
  .map(([zeros, rest]) => Uint8Array.of(...new Uint8Array(zeros), ...rest));

describe("base58", () => {
  test("encodes and decodes as @scure/base does", () => {
    fc.assert(
      fc.property(bytes, (value) => {
        const text = encodeBase58(value);
        expect(text).toBe(base58.encode(value));
        expect(decodeBase58(text)).toEqual(value);
      }),
      { numRuns: 500 },
    );
  });

  test("decodes every text of its alphabet as @scure/base does", () => {
    const alphabet = [..."123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"];
    const text = fc.oneof(
      fc.string({ unit: fc.constantFrom(...alphabet), maxLength: 120 }),
      fc.string({ unit: fc.constantFrom("1", "z", "2"), maxLength: 60 }),
    );
    fc.assert(
      fc.property(text, (value) => {
        expect(decodeBase58(value)).toEqual(Uint8Array.from(base58.decode(value)));
      }),
      { numRuns: 500 },
    );
  });

  test("refuses other texts wherever the odd character stands", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 30 }), (value) => {
        const valid = /^[1-9A-HJ-NP-Za-km-z]*$/.test(value);
        expect(decodeBase58(value) !== null).toBe(valid);
      }),
      { numRuns: 200 },
    );
    expect(decodeBase58("1".repeat(MAX_BASE58_CHARS + 1))).toBeNull();
  });

  test("texts on both sides of the fast path, and the longest", () => {
    for (const length of [1, 100, 465, 470, 559, 560, 561, 562, 563, 564, 700]) {
      const value = new Uint8Array(length).fill(0xff);
      expect(decodeBase58(base58.encode(value))).toEqual(value);
    }
    for (const length of [767, 768, 769, MAX_BASE58_CHARS]) {
      const text = "z".repeat(length);
      expect(decodeBase58(text)).toEqual(Uint8Array.from(base58.decode(text)));
    }
  });
});
