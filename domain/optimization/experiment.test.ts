import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRng } from "../random.ts";
import { type ArmOutcome, decideExperiment, dueLook, type ExperimentRules, LOOKS, sampleRatioP } from "./experiment.ts";
import { assignArm } from "./experiment-assignment.ts";

const DAY_MS = 86_400_000;
const rules: ExperimentRules = {
  experimentId: "exp-1",
  startedAtMs: 0,
  minMs: 7 * DAY_MS,
  minTrades: 100,
  adoptionUpliftBps: 500,
  shareBps: 1_500,
};

/** Heavy-tailed returns with a mood per day that both arms share. `liftBps` is added to B's trades. */
function simulate(seed: string, candidates: number, liftBps: number, days = 7): ArmOutcome[] {
  const rng = createRng(seed);
  const moods = Array.from({ length: days }, () => 300 * rng.normal());
  return Array.from({ length: candidates }, (_, i) => {
    const arm = assignArm(`${seed}-${i}`, rules.experimentId, rules.shareBps);
    const decidedAtMs = Math.floor(rng.next() * days * DAY_MS);
    const traded = rng.next() < 0.5;
    const noise = (moods[Math.floor(decidedAtMs / DAY_MS)] ?? 0) + 1_500 * rng.normal() * Math.exp(0.5 * rng.normal());
    return { arm, decidedAtMs, traded, returnBps: traded ? noise + (arm === "B" ? liftBps : 0) : 0 };
  });
}

describe("assignment", () => {
  test("is fixed, follows the share, and differs between experiments", () => {
    const mints = Array.from({ length: 20_000 }, (_, i) => `mint-${i}`);
    const inB = (experiment: string): boolean[] => mints.map((mint) => assignArm(mint, experiment, 1_500) === "B");
    const first = inB("exp-1");
    expect(inB("exp-1")).toEqual(first);
    const share = first.filter(Boolean).length / mints.length;
    expect(share).toBeGreaterThan(0.14);
    expect(share).toBeLessThan(0.16);
    const both = inB("exp-2").filter((isB, i) => isB && first[i]).length / mints.length;
    expect(both).toBeGreaterThan(0.0175);
    expect(both).toBeLessThan(0.0275);
    // Pinned: changing the assignment would move mints between the arms of running experiments.
    expect(["a", "b", "c", "d", "e", "f", "g", "h"].map((mint) => assignArm(mint, "exp-1", 5_000)).join("")).toMatchInlineSnapshot(
      `"ABBAAAAA"`,
    );
  });

  test("nobody and everybody", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (mint, experiment) => {
        expect(assignArm(mint, experiment, 0)).toBe("A");
        expect(assignArm(mint, experiment, 10_000)).toBe("B");
      }),
    );
  });
});

describe("decision", () => {
  test("a challenger that is no better is hardly ever adopted", () => {
    let adopted = 0;
    const runs = 120;
    for (let run = 0; run < runs; run++) {
      const outcomes = simulate(`null-${run}`, 1_600, 0);
      if (decideExperiment(outcomes, rules, 1).outcome === "adopted") adopted++;
    }
    // The rule alone, "5 % better", adopts about 45 % of such challengers.
    expect(adopted / runs).toBeLessThan(0.05);
  });

  test("a clearly better one is adopted, a clearly worse one rejected, with figures", () => {
    const better = decideExperiment(simulate("better", 4_000, 900), rules, 1);
    expect(better).toMatchObject({ outcome: "adopted", reason: null });
    expect(better.evidence.difference.lower).toBeGreaterThan(0);
    expect(better.evidence.a.candidates + better.evidence.b.candidates).toBe(4_000);
    expect(decideExperiment(simulate("worse", 4_000, -900), rules, 1)).toMatchObject({
      outcome: "rejected",
      reason: "EXPERIMENT_NOT_BETTER",
    });
  });

  test("too few trades extend, and at the last look end undecided", () => {
    const outcomes = simulate("few", 200, 3_000);
    expect(decideExperiment(outcomes, rules, 1)).toMatchObject({ outcome: "extend", reason: null });
    expect(decideExperiment(outcomes, rules, LOOKS.length)).toMatchObject({ outcome: "inconclusive", reason: "EXPERIMENT_INCONCLUSIVE" });
    expect(decideExperiment([], rules, 1).outcome).toBe("extend");
  });

  test("an improvement below the required share is not adopted, however sure", () => {
    const steady = Array.from({ length: 2_000 }, (_, i): ArmOutcome => {
      const arm = i % 20 < 3 ? "B" : "A";
      return { arm, decidedAtMs: (i / 2_000) * 7 * DAY_MS, traded: true, returnBps: (arm === "B" ? 1_030 : 1_000) + (i % 7) };
    });
    const verdict = decideExperiment(steady, rules, 1);
    expect(verdict.evidence.difference.lower).toBeGreaterThan(0);
    expect(verdict.outcome).toBe("extend");
    expect(decideExperiment(steady, { ...rules, adoptionUpliftBps: 250 }, 1).outcome).toBe("adopted");
  });

  test("a lopsided split is a fault, whatever the returns say", () => {
    const outcomes = simulate("srm", 4_000, 5_000).filter(({ arm }, i) => arm === "A" || i % 2 === 0);
    expect(decideExperiment(outcomes, rules, 1)).toMatchObject({ outcome: "inconclusive", reason: "EXPERIMENT_INCONCLUSIVE" });
    expect(sampleRatioP(850, 150, 1_500)).toBe(1);
    expect(sampleRatioP(900, 100, 1_500)).toBeLessThan(0.001);
    expect(sampleRatioP(0, 0, 1_500)).toBe(1);
  });

  test("looks are due at one, two and four times the shortest duration", () => {
    expect(dueLook(rules, 0, 7 * DAY_MS - 1)).toBeNull();
    expect(dueLook(rules, 0, 9 * DAY_MS)).toEqual({ look: 1, endMs: 7 * DAY_MS });
    expect(dueLook(rules, 1, 9 * DAY_MS)).toBeNull();
    expect(dueLook(rules, 2, 40 * DAY_MS)).toEqual({ look: 3, endMs: 28 * DAY_MS });
    expect(dueLook(rules, 3, 99 * DAY_MS)).toBeNull();
  });
});
