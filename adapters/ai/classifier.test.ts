import { describe, expect, test } from "vitest";
import type { BudgetPort } from "../../domain/budget.ts";
import { ok, refuse } from "../../domain/result.ts";
import { MAX_CLASSIFIED_CHARS, MAX_CLASSIFIED_TEXTS } from "../../domain/sentiment/classifier.ts";
import { AI_MODEL, aiBindingOf, createAiClassifier, type MoodCache } from "./classifier.ts";

function answerOf(positive: number) {
  return [
    { label: "NEGATIVE", score: 1 - positive },
    { label: "POSITIVE", score: positive },
  ];
}

/** An AI that answers by `answer`, and a budget that grants everything unless told otherwise; both remember what they were asked. */
function fakes(answer: (text: string) => unknown = () => answerOf(0.9), refuseClaims = false) {
  const asked: string[] = [];
  const claims: Array<{ requests: number; cost: number }> = [];
  const settled: Array<{ requests: number; cost: number }> = [];
  const budget: BudgetPort = {
    claim: async (claim) => {
      claims.push(claim);
      return refuseClaims ? refuse("BUDGET_EXHAUSTED", "the day's budget") : ok("1");
    },
    settle: async (_, outcome) => {
      settled.push(outcome);
    },
  };
  const ai = {
    run: async (_: string, { text }: { readonly text: string }) => {
      asked.push(text);
      return answer(text);
    },
  };
  return { ai, budget, asked, claims, settled };
}

describe("Workers AI as a classifier", () => {
  test("mood is the positive class less the negative, in the texts' order, claimed and settled", async () => {
    const { ai, budget, claims, settled } = fakes((text) => answerOf(text === "good" ? 0.9 : 0.2));
    const classifier = createAiClassifier({ ai, budget });
    const result = await classifier.classify(["bad", "good"]);
    expect(classifier.name).toBe(AI_MODEL);
    expect(result.ok && result.value.map((mood) => mood?.toFixed(3))).toEqual(["-0.600", "0.800"]);
    // ceil((3 + 2) * 2.394) + ceil((4 + 2) * 2.394)
    expect(claims).toEqual([{ requests: 2, cost: 12 + 15 }]);
    expect(settled).toEqual(claims);
  });

  test("copies are asked about once, and kept", async () => {
    const { ai, budget, asked, claims } = fakes();
    const classifier = createAiClassifier({ ai, budget });
    await classifier.classify(["gm", "gm", "wagmi"]);
    const again = await classifier.classify(["wagmi", "gm"]);
    expect(asked).toEqual(["gm", "wagmi"]);
    expect(claims).toHaveLength(1);
    expect(again.ok && again.value.every((mood) => mood !== null)).toBe(true);
  });

  test("bounded: texts, characters, and what is kept", async () => {
    const { ai, budget, asked } = fakes();
    const cache: MoodCache = new Map();
    const classifier = createAiClassifier({ ai, budget, cache });
    const many = Array.from({ length: MAX_CLASSIFIED_TEXTS + 5 }, (_, i) => `${i} ${"x".repeat(100_000)}`);
    const result = await classifier.classify(many);
    expect(result.ok && result.value.length).toBe(MAX_CLASSIFIED_TEXTS);
    expect(asked.every((text) => text.length <= MAX_CLASSIFIED_CHARS)).toBe(true);
    for (let i = 0; i < 300; i++) await classifier.classify(Array.from({ length: 10 }, (_, j) => `${i}/${j}`));
    expect(cache.size).toBe(2_000);
  });

  test.each<[string, unknown]>([
    ["nothing", null],
    ["an object", { response: "positive" }],
    ["a text", "POSITIVE"],
    ["no rows", []],
    ["one row", [{ label: "POSITIVE", score: 0.9 }]],
    ["twice one class", [...answerOf(0.9).slice(1), ...answerOf(0.9).slice(1)]],
    ["another label", [{ label: "LABEL_0", score: 0.5 }, ...answerOf(0.5).slice(1)]],
    ["a score above one", answerOf(7)],
    ["no number", [{ label: "NEGATIVE", score: Number.NaN }, ...answerOf(0.5).slice(1)]],
  ])("%s for an answer is a refusal", async (_, answer) => {
    const { ai, budget } = fakes(() => answer);
    expect(await createAiClassifier({ ai, budget }).classify(["gm"])).toMatchObject({ ok: false, reason: "UPSTREAM_MALFORMED" });
  });

  test("an AI that throws, as wrangler's local one does, is a refusal", async () => {
    const { ai, budget, settled } = fakes(() => {
      throw new Error("Binding AI needs to be run remotely");
    });
    const result = await createAiClassifier({ ai, budget }).classify(["gm"]);
    expect(result).toMatchObject({ ok: false, reason: "UPSTREAM_FAILED" });
    expect(settled).toHaveLength(1);
  });

  test("one text without an answer is null, the others stand", async () => {
    const { ai, budget } = fakes((text) => (text === "b" ? "?" : answerOf(0.5)));
    const result = await createAiClassifier({ ai, budget }).classify(["a", "b"]);
    expect(result).toEqual(ok([0, null]));
  });

  test("late: refused now, known the next time", async () => {
    let answer: (value: unknown) => void = () => undefined;
    const { ai, budget } = fakes(
      () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
    );
    const classifier = createAiClassifier({ ai, budget, timeoutMs: 20 });
    expect(await classifier.classify(["gm"])).toMatchObject({ ok: false, reason: "UPSTREAM_FAILED" });
    answer(answerOf(0.75));
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await classifier.classify(["gm"])).toEqual(ok([0.5]));
  });

  test("without budget nothing is asked", async () => {
    const { ai, budget, asked } = fakes(undefined, true);
    expect(await createAiClassifier({ ai, budget }).classify(["gm"])).toMatchObject({ ok: false, reason: "BUDGET_EXHAUSTED" });
    expect(asked).toEqual([]);
  });

  test("a budget that throws or hangs is a refusal", async () => {
    const { ai, budget } = fakes();
    const broken: BudgetPort = { ...budget, claim: () => Promise.reject(new Error("away")) };
    const hanging: BudgetPort = { ...budget, claim: () => new Promise(() => undefined) };
    for (const port of [broken, hanging]) {
      const result = await createAiClassifier({ ai, budget: port, timeoutMs: 20 }).classify(["gm"]);
      expect(result).toMatchObject({ ok: false, reason: "UPSTREAM_FAILED" });
    }
  });

  test("empty texts and lone surrogates", async () => {
    const { ai, budget, asked } = fakes();
    expect(await createAiClassifier({ ai, budget }).classify(["", "  ", "\ud800"])).toMatchObject({ ok: true });
    expect(asked).toEqual(["\ufffd"]);
  });
});

test("the binding: only a real one, and never on localnet", () => {
  const AI = { run: async () => [] };
  expect(aiBindingOf({ AI, NETWORK: "mainnet" })).toBe(AI);
  for (const env of [{ AI, NETWORK: "localnet" }, {}, { AI: null }, { AI: "x" }, { AI: {} }]) expect(aiBindingOf(env)).toBeNull();
});
