import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { gateExamples } from "./gate-examples.ts";

const examples = gateExamples();

describe("worked examples", () => {
  test.each(examples.map((one) => [one.gate, one] as const))(
    "%s: the sum comes out, and the gate finds it",
    (gate, { sum, holds, finding }) => {
      expect(sum.length).toBeGreaterThan(10);
      expect(holds).toBe(true);
      expect(`${finding.severity} ${finding.code}`).toBe(gate);
    },
  );

  test("every gate that the code has, in each severity that it gives, has one", () => {
    const given = new Set<string>();
    for (const file of readdirSync(import.meta.dirname).filter((name) => name.endsWith("-gates.ts"))) {
      const source = readFileSync(join(import.meta.dirname, file), "utf8");
      for (const [, severity, code] of source.matchAll(/\b(hard|soft)\(\s*"([A-Z_]+)"/g)) given.add(`${severity} ${code}`);
      for (const [, code] of source.matchAll(/judgeShare\("([A-Z_]+)"/g))
        for (const severity of ["hard", "soft"]) given.add(`${severity} ${code}`);
      // Reasons that decoders give go through `hard(decoded.reason)`.
      if (source.includes("hard(decoded.reason")) given.add(file.startsWith("pool") ? "hard POOL_MALFORMED" : "hard MINT_MALFORMED");
    }
    expect(examples.map(({ gate }) => gate).sort()).toEqual([...given].sort());
  });
});
