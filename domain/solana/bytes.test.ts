import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeBase58, encodeBase58, MAX_BASE58_CHARS } from "./base58.ts";
import { decodeBase64, encodeBase64 } from "./base64.ts";
import { ByteReader, ByteWriter, fromHex, toHex } from "./bytes.ts";

describe("byte reader and writer", () => {
  test("read back what was written", () => {
    fc.assert(
      fc.property(
        fc.nat(255),
        fc.nat(65_535),
        fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
        fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }),
        fc.bigInt({ min: -(1n << 127n), max: (1n << 127n) - 1n }),
        fc.boolean(),
        fc.string({ unit: "grapheme" }),
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        (u8, u16, u64, i64, i128, bool, text, key) => {
          const writer = new ByteWriter().u8(u8).u16(u16).u64(u64).i64(i64).i128(i128).bool(bool).string(text).address(encodeBase58(key));
          const reader = new ByteReader(writer.toBytes());
          const read = [reader.u8(), reader.u16(), reader.u64(), reader.i64(), reader.i128(), reader.bool(), reader.string()];
          expect([...read, reader.address()]).toEqual([u8, u16, u64, i64, i128, bool, text, encodeBase58(key)]);
          expect(reader.remaining).toBe(0);
          expect(reader.overrun).toBe(false);
        },
      ),
    );
  });

  test("past the end everything is zero and overrun says so", () => {
    const reader = new ByteReader(Uint8Array.of(0xff));
    expect(reader.u16()).toBe(0xff);
    expect(reader.overrun).toBe(true);
    expect([reader.u64(), reader.bool(), reader.string(), reader.remaining]).toEqual([0n, false, "", 0]);
    expect(reader.address()).toBe("11111111111111111111111111111111");
  });

  test("a string longer than the data is what is there, and an overrun", () => {
    const reader = new ByteReader(new ByteWriter().u32(0xffff_ffff).bytes(Uint8Array.of(104, 105)).toBytes());
    expect(reader.string()).toBe("hi");
    expect(reader.overrun).toBe(true);
  });

  test.each([
    ["u8", () => new ByteWriter().u8(256)],
    ["u64", () => new ByteWriter().u64(1n << 64n)],
    ["negative u64", () => new ByteWriter().u64(-1n)],
    ["i64", () => new ByteWriter().i64(1n << 63n)],
    ["i128", () => new ByteWriter().i128(1n << 127n)],
    ["address", () => new ByteWriter().address("1111")],
  ])("a value that does not fit %s throws", (_name, write) => {
    expect(write).toThrow(RangeError);
  });
});

describe("text encodings", () => {
  test("base58, base64 and hexadecimal give back the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(decodeBase58(encodeBase58(bytes))).toEqual(bytes);
        expect(decodeBase64(encodeBase64(bytes))).toEqual(bytes);
        expect(fromHex(toHex(bytes))).toEqual(bytes);
      }),
    );
  });

  test.each(["0", "O", "I", "l", "a b", "é", "1".repeat(MAX_BASE58_CHARS + 1)])("%s is not base58", (text) => {
    expect(decodeBase58(text)).toBeNull();
  });

  test.each(["a", "====", "a b=", "_-__"])("%s is not base64", (text) => {
    expect(decodeBase64(text)).toBeNull();
  });
});
