import { expect, test } from "vitest";
import { type BenchmarkName, judgeBenchmarks, type Measured } from "./benchmarks.ts";

const NONE: Measured = { value: null, interval: null, counted: 0 };
const judge = (name: BenchmarkName, measured: Measured) =>
  judgeBenchmarks({ "win-rate": NONE, sharpe: NONE, "max-drawdown": NONE, [name]: measured }).find((result) => result.name === name);

test.each([
  { name: "win-rate", value: null, counted: 0, low: null, high: null, verdict: "too-few-data", isCertain: false },
  { name: "win-rate", value: 0.9, counted: 29, low: 0.8, high: 0.95, verdict: "too-few-data", isCertain: false },
  { name: "win-rate", value: 0.55, counted: 30, low: 0.4, high: 0.7, verdict: "met", isCertain: false },
  { name: "win-rate", value: 0.6, counted: 900, low: 0.57, high: 0.63, verdict: "met", isCertain: true },
  { name: "win-rate", value: 0.8, counted: 900, low: 0.78, high: 0.82, verdict: "met", isCertain: true },
  { name: "win-rate", value: 0.549, counted: 900, low: 0.51, high: 0.56, verdict: "not-met", isCertain: false },
  { name: "win-rate", value: 0.4, counted: 900, low: 0.37, high: 0.43, verdict: "not-met", isCertain: true },
  { name: "sharpe", value: 1.5, counted: 100, low: 1.2, high: 1.8, verdict: "not-met", isCertain: false },
  { name: "sharpe", value: 1.51, counted: 100, low: -1, high: 4, verdict: "met", isCertain: false },
  { name: "sharpe", value: 9, counted: 29, low: 3, high: 12, verdict: "too-few-data", isCertain: false },
  { name: "max-drawdown", value: 0.02, counted: 3, low: null, high: null, verdict: "too-few-data", isCertain: false },
  { name: "max-drawdown", value: 0.15, counted: 0, low: null, high: null, verdict: "not-met", isCertain: true },
  { name: "max-drawdown", value: 0.1499, counted: 40, low: 0.05, high: 0.3, verdict: "met", isCertain: false },
  { name: "max-drawdown", value: 0.05, counted: 40, low: 0.02, high: 0.1, verdict: "met", isCertain: true },
] as const)("$name $value of $counted: $verdict", ({ name, value, counted, low, high, verdict, isCertain }) => {
  const interval = low === null ? null : { low, high };
  expect(judge(name, { value, interval, counted })).toMatchObject({ verdict, isCertain });
});

test("the specification's limits, in its order", () => {
  const results = judgeBenchmarks({ "win-rate": NONE, sharpe: NONE, "max-drawdown": NONE });
  expect(results.map(({ name, relation, limit, aimedUpTo }) => [name, relation, limit, aimedUpTo])).toEqual([
    ["win-rate", "at-least", 0.55, 0.7],
    ["sharpe", "above", 1.5, null],
    ["max-drawdown", "below", 0.15, null],
  ]);
});

test("a bound that is missing leaves the verdict uncertain", () => {
  expect(judge("sharpe", { value: 3, interval: { low: 2, high: null }, counted: 40 })).toMatchObject({ verdict: "met", isCertain: true });
  expect(judge("sharpe", { value: 3, interval: { low: null, high: 4 }, counted: 40 })).toMatchObject({ verdict: "met", isCertain: false });
  expect(judge("sharpe", { value: 3, interval: null, counted: 40 })).toMatchObject({ verdict: "met", isCertain: false });
});
