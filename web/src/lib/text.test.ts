import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readableText } from "./text.ts";

describe("readableText", () => {
  test.each([
    ["PEPE", "PEPE"],
    ["  two\t\nwords ", "two words"],
    ["\u202Eevil\u202C", "evil"],
    ["a\u200Bb\uFEFFc", "abc"],
    ["\u2066iso\u2069", "iso"],
    ["<img src=x>", "<img src=x>"],
    ["Z\u0351\u0351\u0351\u0351\u0351A", "Z\u0351A"],
    ["", ""],
    ["\u0000\u0007", ""],
    ["abcdefghijklmnopqrstu", "abcdefghijklm…"],
    ["🐸🐸🐸🐸🐸🐸🐸🐸🐸🐸🐸🐸🐸🐸🐸", "🐸🐸🐸🐸🐸🐸🐸🐸🐸🐸🐸🐸🐸…"],
  ])("%j", (text, expected) => {
    expect(readableText(text, 14)).toBe(expected);
  });

  test("is bounded and holds no control or format character", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 500 }), (text) => {
        const shown = readableText(text, 14);
        expect([...shown].length).toBeLessThanOrEqual(14);
        expect(shown).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      }),
    );
  });
});
