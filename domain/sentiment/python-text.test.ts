import { describe, expect, test } from "vitest";
import { isAtMost, isUpper, pythonRound, splitWords, stripPunctuation } from "./python-text.ts";

describe("pythonRound", () => {
  test.each([
    [0.0625, 3, 0.062],
    [0.1875, 3, 0.188],
    [0.3125, 3, 0.312],
    [0.03125, 4, 0.0312],
    [-0.0625, 3, -0.062],
    [-0.1875, 3, -0.188],
    [0.0005, 3, 0.001],
    [0.5615, 3, 0.561],
    [0.12345, 4, 0.1235],
    [1, 3, 1],
    [-0, 3, 0],
  ])("round(%f, %i) is %f", (value, digits, expected) => expect(pythonRound(value, digits)).toBe(expected));
});

test("isUpper follows Unicode's case properties", () => {
  expect(["A", "A1!", "ÄÖ", "Ⓐ", "İ"].map(isUpper)).toEqual([true, true, true, true, true]);
  expect(["a", "Ab", "1!", "", "ǅ", "ǅA", "ß", "中", "ʰA"].map(isUpper)).toEqual(Array(9).fill(false));
});

test("length is counted in code points", () => {
  expect([isAtMost("ab", 2), isAtMost("abc", 2), isAtMost("😀😀", 2), isAtMost("😀😀a", 2)]).toEqual([true, false, true, false]);
});

test("splitting and stripping", () => {
  expect(splitWords("\t a  b\u2028c\u001f")).toEqual(["a", "b", "c"]);
  expect(["--a-b!", "…a…", "!!!"].map(stripPunctuation)).toEqual(["a-b", "…a…", ""]);
});
