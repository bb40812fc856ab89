import { describe, expect, test } from "vitest";
import { isPunctuation, isPythonSpace, isUpper, pythonRound } from "./python-text.ts";

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

test("white space and punctuation are Python's", () => {
  const codes = Array.from({ length: 0x3100 }, (_, code) => code);
  expect(
    codes
      .filter(isPythonSpace)
      .map((code) => code.toString(16))
      .join(" "),
  ).toBe("9 a b c d 1c 1d 1e 1f 20 85 a0 1680 2000 2001 2002 2003 2004 2005 2006 2007 2008 2009 200a 2028 2029 202f 205f 3000");
  expect(String.fromCharCode(...codes.filter(isPunctuation))).toBe("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~");
});
