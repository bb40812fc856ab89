import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import golden from "../../models/sentiment-student.golden.json" with { type: "json" };
import model from "../../models/sentiment-student.json" with { type: "json" };
import { SCORERS } from "./scorers.ts";
import { readStudent, scoreStudent } from "./student.ts";
import { STUDENT } from "./student-model.ts";

const { score } = SCORERS.student;
/** The model must stay a small part of a Worker. */
const MAX_FILE_BYTES = 40_000;

function floats(...values: number[]): string {
  return Buffer.from(Float32Array.from(values).buffer).toString("base64");
}

describe("the model in models/", () => {
  test("says what its golden vectors say", () => {
    expect(golden.length).toBeGreaterThanOrEqual(30);
    for (const { text, ...expected } of golden) expect([text, score(text)]).toEqual([text, expected]);
  });

  test("is small", () => {
    expect(readFileSync(decodeURIComponent(new URL("../../models/sentiment-student.json", import.meta.url).pathname)).length).toBeLessThan(
      MAX_FILE_BYTES,
    );
  });

  test.each<[string, "up" | "down"]>([
    ["LFG this is going to the moon 🚀🚀", "up"],
    ["bullish af on $WIF", "up"],
    ["wagmi, diamond hands only", "up"],
    ["dev rugged, we are so rekt", "down"],
    ["total honeypot, can't sell", "down"],
    ["great, another honeypot, thanks dev", "down"],
    ["not bullish", "down"],
    ["I love this", "up"],
    ["I hate this", "down"],
  ])("%s: %s", (text, mood) => {
    const { compound, neg, pos } = score(text);
    expect(mood === "up" ? compound : -compound).toBeGreaterThan(0.1);
    expect(mood === "up" ? pos : neg).toBeGreaterThan(0.5);
  });
});

describe("scores", () => {
  test("a text of names alone is neutral, one without words is nothing", () => {
    expect(score("$MOON @bullish https://x.com/scam")).toEqual({ compound: 0, neg: 0, neu: 1, pos: 0 });
    expect(score(" \n")).toEqual({ compound: 0, neg: 0, neu: 0, pos: 0 });
  });

  test("a name tells nothing: another ticker scores the same", () => {
    expect(score("$RUG is a nice coin")).toEqual(score("$MOON is a nice coin"));
  });

  test("any text: bounded, shares add up to 1 and lean as the compound does; the same at any time", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), fc.string({ maxLength: 60 }), (text, other) => {
        const first = score(text);
        score(other);
        expect(score(text)).toEqual(first);
        const { compound, neg, neu, pos } = first;
        expect(Math.abs(compound)).toBeLessThanOrEqual(1);
        for (const share of [neg, neu, pos]) expect(share >= 0 && share <= 1).toBe(true);
        const total = neg + neu + pos;
        expect(total === 0 || Math.abs(total - 1) < 1e-9).toBe(true);
        if (total > 0 && compound !== 0) expect(Math.sign(pos - neg) * Math.sign(compound)).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  test("long texts", () => {
    for (const text of ["good ".repeat(20_000), "x".repeat(100_000), "🚀".repeat(50_000)]) {
      expect(Math.abs(score(text).compound)).toBeLessThanOrEqual(1);
    }
  });
});

describe("reading a model", () => {
  test.each<[string, object, string]>([
    ["other grams", { format: "student-0" }, "MODEL_SIGNATURE_MISMATCH"],
    ["another overlay", { overlay: "crypto-1" }, "MODEL_SIGNATURE_MISMATCH"],
    ["weights cut off", { weights: model.weights.slice(0, 400) }, "MODEL_UNAVAILABLE"],
    ["no base64", { weights: "?!" }, "MODEL_UNAVAILABLE"],
    ["no scales", { scales: "" }, "MODEL_UNAVAILABLE"],
    ["scales that are no numbers", { scales: btoa("\u00ff".repeat(model.scales.length * 0.75)) }, "MODEL_UNAVAILABLE"],
    ["a number that is none", { bias: Number.NaN }, "MODEL_UNAVAILABLE"],
    ["a spread of zero", { spread: 0 }, "MODEL_UNAVAILABLE"],
    ["an unknown field", { extra: 1 }, "MODEL_UNAVAILABLE"],
  ])("%s is refused", (_, change, reason) => {
    expect(readStudent({ ...model, ...change })).toMatchObject({ ok: false, reason });
  });

  test("buckets that are no power of two are refused", () => {
    const weights = btoa("\u0001".repeat(192));
    expect(readStudent({ ...model, weights, scales: floats(1, 1, 1) })).toMatchObject({ ok: false, reason: "MODEL_UNAVAILABLE" });
  });

  test("nothing at all is refused", () => {
    for (const json of [null, undefined, [], "model"]) expect(readStudent(json)).toMatchObject({ ok: false });
  });

  test("weights are signed bytes by the scale of their block", () => {
    const bytes = String.fromCharCode(...Array.from({ length: 128 }, (_, i) => (i === 0 ? 127 : i === 64 ? 0x81 : 0)));
    const reading = readStudent({ ...model, weights: btoa(bytes), scales: floats(0.5, 2) });
    expect(reading.ok && [reading.value.buckets, reading.value.table[0], reading.value.table[64], reading.value.table[1]]).toEqual([
      128, 63.5, -254, 0,
    ]);
  });

  test("the overlay's outputs count by their weights", () => {
    const flat = { ...STUDENT, table: new Float64Array(STUDENT.buckets), bias: 0, compound: 0.5, neg: 0, neu: 0, pos: 0 };
    expect(scoreStudent("bullish", flat).compound).toBe(Math.round(SCORERS.overlay.score("bullish").compound * 5_000) / 10_000);
  });
});
