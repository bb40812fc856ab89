import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseExact, stringifyExact } from "./json.ts";

describe("exact JSON", () => {
  test("keeps bigint beyond 2^53, in any nesting", () => {
    fc.assert(
      fc.property(fc.bigInt(), fc.string(), fc.integer(), (amount, text, count) => {
        const value = { amount, list: [amount, text, count, null], inner: { amount } };
        expect(parseExact(stringifyExact(value))).toEqual(value);
      }),
    );
  });

  test("a look-alike that holds no digits stays as it is", () => {
    expect(parseExact('{"$bigint":"abc"}')).toEqual({ $bigint: "abc" });
  });
});
