import { existsSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRng } from "../random.ts";
import { buildParzen, logPdf, observationWeights } from "./parzen.ts";
import type { Dimension, Point, SearchSpace } from "./search-space.ts";
import { type Direction, goodTrials, suggest, type Trial } from "./tpe.ts";

const referenceFile = new URL("../../../shared/reference/optuna.json", import.meta.url).pathname;
const hasReference = existsSync(referenceFile);
if (!hasReference) console.warn("SKIPPED: TPE against Optuna, ../shared/reference/optuna.json is missing");
const reference = hasReference ? JSON.parse(readFileSync(referenceFile, "utf8")) : null;

function runStudy(space: SearchSpace, objective: (point: Point) => number, trials: number, seed: string, direction: Direction): Trial[] {
  const done: Trial[] = [];
  while (done.length < trials) {
    const point = suggest(space, done, createRng(`${seed}/${done.length}`), direction);
    done.push({ point, value: objective(point) });
  }
  return done;
}

function branin(point: Point): number {
  const x = Number(point["x1"]);
  const y = Number(point["x2"]);
  const bowl = y - (5.1 / (4 * Math.PI ** 2)) * x * x + (5 / Math.PI) * x - 6;
  return bowl * bowl + 10 * (1 - 1 / (8 * Math.PI)) * Math.cos(x) + 10;
}

const HARTMANN_A = [
  [10, 3, 17, 3.5, 1.7, 8],
  [0.05, 10, 17, 0.1, 8, 14],
  [3, 3.5, 1.7, 10, 17, 8],
  [17, 8, 0.05, 10, 0.1, 14],
];
const HARTMANN_P = [
  [1312, 1696, 5569, 124, 8283, 5886],
  [2329, 4135, 8307, 3736, 1004, 9991],
  [2348, 1451, 3522, 2883, 3047, 6650],
  [4047, 8828, 8732, 5743, 1091, 381],
];
const HARTMANN_ALPHA = [1, 1.2, 3, 3.2];

function hartmann6(point: Point): number {
  let sum = 0;
  HARTMANN_ALPHA.forEach((alpha, i) => {
    let exponent = 0;
    for (let j = 0; j < 6; j++) {
      exponent += (HARTMANN_A[i]?.[j] ?? 0) * (Number(point[`x${j}`]) - (HARTMANN_P[i]?.[j] ?? 0) / 1e4) ** 2;
    }
    sum -= alpha * Math.exp(-exponent);
  });
  return sum;
}

const BRANIN_SPACE: SearchSpace = { x1: { kind: "float", low: -5, high: 10 }, x2: { kind: "float", low: 0, high: 15 } };
const HARTMANN_SPACE: SearchSpace = Object.fromEntries(
  Array.from({ length: 6 }, (_, i): [string, Dimension] => [`x${i}`, { kind: "float", low: 0, high: 1 }]),
);
const TRADING_SPACE: SearchSpace = {
  q: { kind: "int", low: 50, high: 90 },
  sl: { kind: "float", low: 5, high: 25 },
  tp: { kind: "float", low: 15, high: 50 },
};

function trading3(point: Point): number {
  const [q, sl, tp] = [Number(point["q"]), Number(point["sl"]), Number(point["tp"])];
  const peak = (a: number, b: number, c: number, sa: number, sb: number, sc: number): number =>
    Math.exp(-(((q - a) / sa) ** 2) - ((sl - b) / sb) ** 2 - ((tp - c) / sc) ** 2);
  return 2 * peak(72, 11, 32, 9, 5, 8) + 1.2 * peak(58, 20, 44, 5, 3, 4);
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}

describe("Parzen estimator against Optuna's vectors", () => {
  const vectors = reference?.["parzen_numeric_vectors_optuna_5.0.0.dev"] ?? {};
  const names = ["float_1d", "float_1d_one_obs", "float_2d", "log_float", "int", "int_step", "float_step", "categorical", "mixed"];
  test.skipIf(!hasReference).each(names)("%s", (name) => {
    const vector = vectors[name];
    const space = Object.fromEntries(Object.entries(vector.space).map(([key, text]) => [key, parseDimension(String(text))]));
    const value = (key: string, raw: number): number | string => {
      const dimension = space[key];
      return dimension?.kind === "categorical" ? (dimension.choices[raw] ?? "") : raw;
    };
    const pointsOf = (columns: Record<string, number[]>): Point[] => {
      const keys = Object.keys(columns);
      return (columns[keys[0] ?? ""] ?? []).map((_, i) => Object.fromEntries(keys.map((key) => [key, value(key, columns[key]?.[i] ?? 0)])));
    };
    const estimator = buildParzen(space, pointsOf(vector.observations));
    expect([...estimator.weights]).toEqual(vector.weights.map((weight: number) => expect.closeTo(weight, 12)));
    for (const dimension of estimator.dimensions) {
      const kernels = vector.kernels[dimension.name];
      if (dimension.kind === "categorical") {
        expect([...dimension.probabilities]).toEqual(kernels.weights.flat().map((p: number) => expect.closeTo(p, 12)));
      } else {
        expect([...dimension.mu]).toEqual(kernels.mu.map((mu: number) => expect.closeTo(mu, 12)));
        expect([...dimension.sigma]).toEqual(kernels.sigma.map((sigma: number) => expect.closeTo(sigma, 12)));
      }
    }
    const densities = pointsOf(vector.points).map((point) => logPdf(estimator, point));
    expect(densities).toEqual(vector.log_pdf.map((density: number) => expect.closeTo(density, 10)));
  });

  test.skipIf(!hasReference)("weights and the number of good trials", () => {
    expect([...observationWeights(30)]).toEqual(vectors.thirty_obs_weights.weights.map((w: number) => expect.closeTo(w, 12)));
    expect([...observationWeights(26)]).toEqual(vectors.thirty_obs_weights.n26.map((w: number) => expect.closeTo(w, 12)));
    for (const [n, good] of Object.entries(vectors.gamma)) expect(goodTrials(Number(n))).toBe(good);
  });
});

describe("TPE against Optuna's results", () => {
  const best = (trials: readonly Trial[], direction: Direction): number =>
    trials.reduce(
      (b, { value }) => (direction === "minimise" ? Math.min(b, value) : Math.max(b, value)),
      direction === "minimise" ? Infinity : -Infinity,
    );
  test.skipIf(!hasReference).each([
    ["branin", BRANIN_SPACE, branin],
    ["hartmann6", HARTMANN_SPACE, hartmann6],
  ] as const)("%s: the median of 15 seeds lies in the middle half of Optuna's 100", (name, space, objective) => {
    const results = reference["optuna_5.0.0.dev_commit_1d8ce7bb6f3c_100_seeds"].results[name].samplers.tpe_multivariate.best_after;
    const studies = Array.from({ length: 15 }, (_, seed) => runStudy(space, objective, 100, `seed-${seed}`, "minimise"));
    for (const trials of [50, 100]) {
      const ours = median(studies.map((study) => best(study.slice(0, trials), "minimise")));
      console.info(`TPE ${name} after ${trials}: median ${ours.toFixed(5)}, Optuna ${results[trials].median.toFixed(5)}`);
      expect(ours).toBeGreaterThan(results[trials].q25 - 1e-9);
      expect(ours).toBeLessThan(results[trials].q75);
    }
  });

  test.skipIf(!hasReference)("trading3 with a whole-number dimension, maximised", () => {
    const results = reference["extra_100_seeds_optuna_5.0.0.dev"].trading3.tpe_multivariate;
    const studies = Array.from({ length: 25 }, (_, seed) => runStudy(TRADING_SPACE, trading3, 50, `t-${seed}`, "maximise"));
    const ours = median(studies.map((study) => best(study, "maximise")));
    console.info(`TPE trading3 after 50: median ${ours.toFixed(5)}, Optuna ${results[50].median.toFixed(5)}`);
    expect(ours).toBeGreaterThan(results[50].q25);
  });
});

test("a search finds more than random draws of the same number", () => {
  const reached = (useTpe: boolean): number =>
    median(
      Array.from({ length: 9 }, (_, seed) => {
        const done: Trial[] = [];
        while (done.length < 50) {
          const point = suggest(BRANIN_SPACE, useTpe ? done : [], createRng(`own-${seed}/${done.length}`), "minimise");
          done.push({ point, value: branin(point) });
        }
        return Math.min(...done.map((trial) => trial.value));
      }),
    );
  const tpe = reached(true);
  expect(tpe).toBeLessThan(0.8);
  expect(tpe).toBeLessThan(reached(false));
});

test("a study that stops and goes on suggests what an unbroken one does", () => {
  const whole = runStudy(TRADING_SPACE, trading3, 30, "resume", "maximise");
  const stored = JSON.parse(JSON.stringify(whole.slice(0, 17))) as Trial[];
  expect(suggest(TRADING_SPACE, stored, createRng("resume/17"), "maximise")).toEqual(whole[17]?.point);
});

test("every suggestion lies in its space", () => {
  const space: SearchSpace = {
    whole: { kind: "int", low: 3, high: 17, step: 7 },
    scale: { kind: "float", low: 1e-5, high: 1, log: true },
    power: { kind: "int", low: 1, high: 64, log: true },
    grid: { kind: "float", low: -1, high: 1, step: 0.25 },
    choice: { kind: "categorical", choices: ["a", "b", "c"] },
  };
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 0, max: 30 }), (seed, trials) => {
      const study = runStudy(space, (point) => Number(point["scale"]) + (point["choice"] === "b" ? 0 : 1), trials + 1, seed, "minimise");
      for (const { point } of study) {
        expect([3, 10, 17]).toContain(point["whole"]);
        expect(Number(point["scale"])).toBeGreaterThanOrEqual(1e-5);
        expect(Number(point["scale"])).toBeLessThanOrEqual(1);
        expect(Number.isInteger(point["power"]) && Number(point["power"]) >= 1 && Number(point["power"]) <= 64).toBe(true);
        expect(Number.isInteger(Number(point["grid"]) * 4) && Math.abs(Number(point["grid"])) <= 1).toBe(true);
        expect(["a", "b", "c"]).toContain(point["choice"]);
      }
    }),
    { numRuns: 40 },
  );
});

/** Reads the distribution as the reference file prints it. */
function parseDimension(text: string): Dimension {
  const choices = /choices=\((.*)\)/.exec(text)?.[1];
  if (choices !== undefined) return { kind: "categorical", choices: choices.split(",").map((choice) => choice.trim().replaceAll("'", "")) };
  const field = (name: string): string => new RegExp(`${name}=([^,)]+)`).exec(text)?.[1] ?? "None";
  const step = field("step");
  return {
    kind: text.startsWith("Int") ? "int" : "float",
    low: Number(field("low")),
    high: Number(field("high")),
    ...(step === "None" ? {} : { step: Number(step) }),
    ...(field("log") === "True" ? { log: true } : {}),
  };
}
