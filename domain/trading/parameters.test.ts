import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { renderParameterDocs } from "./parameter-docs.ts";
import { PARAMETER_TABLE, type ParameterSpec } from "./parameter-table.ts";
import { builtinParameters, parseParameters } from "./parameters.ts";

const specs = Object.entries(PARAMETER_TABLE) as Array<[string, ParameterSpec]>;

describe("parameters", () => {
  test.each(["default", "localnet"] as const)("the built-in %s set is valid", (profile) => {
    const parameters = builtinParameters(profile);
    expect(parseParameters(parameters)).toEqual({ ok: true, value: parameters });
  });

  test.each(specs)("%s refuses what lies outside its range, is missing or no number", (name, spec) => {
    const base: Record<string, unknown> = { ...builtinParameters("default") };
    for (const bad of [spec.min - 1, spec.max + 1, Number.NaN, "1", null, undefined]) {
      expect(parseParameters({ ...base, [name]: bad })).toMatchObject({ ok: false, reason: "PARAMETERS_INVALID" });
    }
  });

  test("unknown names, the mode among them, and non-objects are refused", () => {
    const base = builtinParameters("default");
    for (const bad of [{ ...base, surprise: 1 }, { ...base, mode: "live" }, null, [], "x", { ...base, __proto__: null, constructor: 1 }]) {
      expect(parseParameters(bad).ok).toBe(false);
    }
  });

  test("counts are whole", () => {
    const base = builtinParameters("default");
    for (const [name, spec] of specs) {
      if (!spec.integer) continue;
      expect(parseParameters({ ...base, [name]: spec.min + 0.5 })).toMatchObject({ ok: false, reason: "PARAMETERS_INVALID" });
    }
  });

  test("cross-field rules hold", () => {
    const base = builtinParameters("default");
    expect(parseParameters({ ...base, weightSocial: 0.3 }).ok).toBe(false);
    expect(parseParameters({ ...base, stopLossLowBps: 2_100, stopLossHighBps: 2_000 }).ok).toBe(false);
    expect(parseParameters({ ...base, takeProfitLowBps: 4_000 }).ok).toBe(false);
    expect(parseParameters({ ...base, sizeMidScore: 90, sizeHighScore: 80 }).ok).toBe(false);
    expect(parseParameters({ ...base, paperLandingMinSlots: 7, paperLandingMaxSlots: 6 }).ok).toBe(false);
    expect(parseParameters({ ...base, ladderRungs: 3, ladderShareBps: 5_000 }).ok).toBe(false);
    expect(parseParameters({ ...base, ladderRungs: 3, ladderShareBps: 4_999 }).ok).toBe(true);
  });

  test("any object at all is answered, never thrown at", () => {
    fc.assert(
      fc.property(fc.anything(), (input) => {
        expect(typeof parseParameters(input).ok).toBe("boolean");
      }),
    );
  });

  test("docs/parameters.md is what the table says", () => {
    const page = readFileSync(join(import.meta.dirname, "../../docs/parameters.md"), "utf8");
    expect(page).toBe(renderParameterDocs());
  });
});
