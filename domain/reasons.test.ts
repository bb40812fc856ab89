import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { REASONS } from "./reasons.ts";

const ROOT = join(import.meta.dirname, "trading");
/** A word of capitals with an underscore: what codes look like. */
const CODE = /"([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)"/g;

/** Every code that the trading core names, with the files that do. */
function codesOf(folder: string): Map<string, string> {
  const codes = new Map<string, string>();
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    if (!name.endsWith(".ts") || name.endsWith(".test.ts")) continue;
    for (const [, code = ""] of readFileSync(join(folder, name), "utf8").matchAll(CODE)) codes.set(code, name);
  }
  return codes;
}

describe("reasons of the trading core", () => {
  const codes = codesOf(ROOT);

  test("there are many", () => {
    expect(codes.size).toBeGreaterThan(40);
  });

  test("every one of them has a text", () => {
    expect([...codes].filter(([code]) => !Object.hasOwn(REASONS, code))).toEqual([]);
  });
});

test("a text is one sentence for a person, and no two codes share one", () => {
  const texts = Object.entries(REASONS);
  for (const [code, text] of texts) expect(text, code).toMatch(/^[A-Z].{8,120}[.]$/);
  expect(new Set(texts.map(([, text]) => text)).size).toBe(texts.length);
});
