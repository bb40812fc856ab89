import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { appendEntries, GENESIS } from "../../domain/journal/chain.ts";
import { sampleDecision, samplePosition, samplePricePath } from "../../domain/journal/sample-entries.ts";
import { U64_MAX } from "../../domain/units.ts";
import { projectRows } from "./project.ts";

describe("projectRows", () => {
  test("any amount and any text survive unchanged", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: U64_MAX }), fc.string({ unit: "binary" }), (amount, text) => {
        const rows = projectRows(appendEntries(GENESIS, [samplePosition("p", { costLamports: String(amount), symbol: text })]));
        expect(rows.positions).toMatchObject([{ seq: 1, costLamports: String(amount), symbol: text }]);
      }),
    );
  });

  test("a decision has one row per reason, in order, and tells whether it was vetoed", () => {
    const rows = projectRows(
      appendEntries(GENESIS, [
        sampleDecision("a", { reasons: [{ code: "LP_NOT_BURNED" }, { code: "SCORE_WATCH", detail: "58" }] }),
        sampleDecision("b", { reasons: [], findings: [{ code: "FREEZE_AUTHORITY_SET", severity: "hard" }] }),
      ]),
    );
    expect(rows.decisionReasons.map((row) => [row.decisionId, row.rank, row.code, row.detail])).toEqual([
      ["a", 0, "LP_NOT_BURNED", null],
      ["a", 1, "SCORE_WATCH", "58"],
    ]);
    expect(rows.decisions.map((row) => [row.id, row.isVetoed])).toEqual([
      ["a", false],
      ["b", true],
    ]);
  });

  test("price samples stay out of the database", () => {
    const rows = projectRows(appendEntries(GENESIS, [samplePricePath("pp", 500)]));
    expect(rows.pricePaths).toMatchObject([{ id: "pp", samples: 500, isComplete: true }]);
    expect(JSON.stringify(rows)).not.toContain("baseReserves");
  });
});
