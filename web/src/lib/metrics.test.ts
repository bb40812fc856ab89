import { expect, test } from "vitest";
import { metricOf, otherMetrics } from "./metrics.ts";

test("metrics are found in any spelling, and none is shown twice or lost", () => {
  const metrics = { auc: 0.71, logLoss: 0.4, brier_score: 0.2, ECE: null, precision: 0.3 };
  expect(metricOf(metrics, "AUC")).toBe(0.71);
  expect(metricOf(metrics, "Log loss")).toBe(0.4);
  expect(metricOf(metrics, "ECE")).toBeNull();
  expect(metricOf(metrics, "Brier")).toBeNull();
  expect(otherMetrics(metrics)).toEqual([
    ["brier_score", 0.2],
    ["precision", 0.3],
  ]);
});
