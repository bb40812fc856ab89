import { expect, test } from "vitest";
import { sampleDecision } from "../../../domain/journal/sample-entries.ts";
import { decisionView } from "../../../domain/journal/views.ts";
import { explainText } from "../../../domain/scoring/explain-text.ts";
import { explanationOf } from "./explanation.ts";

test("the sentences that the terminal has, and the shadows", () => {
  const view = decisionView(sampleDecision("d1"));
  const said = explanationOf(view);
  expect(said.slice(0, -1)).toEqual(explainText({ ...view, recommendation: view.outcome }));
  expect(said.join("\n")).toContain("It would have been bought with liquidity at $31,400 instead of $12,300.");
  expect(said.at(-1)).toBe("Models that do not count gave it a chance of 25 % (gbdt-0123456789ab).");
});

test("a token that was never scored has its reasons; what they quote is made safe", () => {
  const reasons = [{ code: "LIQUIDITY_TOO_LOW" as const, detail: "$612\u202e\u001b of $1,000" }];
  const view = decisionView(
    sampleDecision("d1", { score: null, parts: null, features: null, explanation: null, contributions: [], reasons }),
  );
  const said = explanationOf(view);
  expect(said).toHaveLength(1);
  expect(said[0]).toMatch(/^Decline: .+\$612 of \$1,000\.$/);
});
