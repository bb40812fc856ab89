import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { splitJsonValues } from "./json-values.ts";

const values = (text: string) => [...splitJsonValues(text)].map((piece) => (piece.ok ? piece.value : `error in line ${piece.line}`));

describe("JSON values of a text", () => {
  test("any values are found again, whatever stands between them", () => {
    const between = fc.constantFrom("\n", " ", ",\n", "\r\n\r\n", " , ", "\u001e");
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.jsonValue(), between, fc.boolean())), (parts) => {
        // -0 is written as 0.
        const written = parts.map(([value]) => JSON.parse(JSON.stringify(value)) as unknown);
        const text = parts.map(([value, gap, pretty]) => JSON.stringify(value, null, pretty ? 2 : 0) + gap).join("");
        expect(values(text)).toEqual(written);
      }),
    );
  });

  test.each([
    ["", []],
    [" \n,\n", []],
    ['{"a":1}{"b":"}"}', [{ a: 1 }, { b: "}" }]],
    ['{"a":"\\"}{"}\n[1]', [{ a: '"}{' }, [1]]],
    ['\ufeff{"a":1}', [{ a: 1 }]],
    ["hello\n{}", ["error in line 1", {}]],
    ['{"a":1}\n{"b":}\n{"c":3}', [{ a: 1 }, "error in line 2", { c: 3 }]],
    ['{}\n{"cut":[1,2', [{}, "error in line 2"]],
    ['}\n"open', ["error in line 1", "error in line 2"]],
    ["1 null true", [1, null, true]],
    ['{"cut":\n{"a":1}\n{"b":2}', ["error in line 1", { a: 1 }, { b: 2 }]],
    ['{"cut":"te\n{"a":1}\n[2]', ["error in line 1", { a: 1 }, [2]]],
  ])("%j", (text, expected) => {
    expect(values(text)).toEqual(expected);
  });

  test("any text ends without throwing", () => {
    fc.assert(fc.property(fc.string({ unit: fc.constantFrom(...'{}[]",\\ \n1a') }), (text) => void values(text)));
  });

  test("lines are counted over several values", () => {
    const lines = [...splitJsonValues('{\n"a": 1\n}\n\n[]\n')].map(({ line }) => line);
    expect(lines).toEqual([1, 5]);
  });
});
