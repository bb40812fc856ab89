import { expect, test } from "vitest";
import type { BudgetClaim } from "../domain/budget.ts";
import { exitMeter } from "./exit-meter.ts";

test("what is used is told once a minute, whole, and a failing budget stops nothing", async () => {
  let nowMs = 1_000;
  const told: BudgetClaim[] = [];
  const count = exitMeter(
    (spent) => {
      told.push(spent);
      return Promise.reject(new Error("object reset"));
    },
    () => nowMs,
  );
  for (let i = 0; i < 120; i++) {
    nowMs += 1_000;
    count({ requests: 1, cost: 2 });
  }
  expect(told).toEqual([
    { requests: 60, cost: 120 },
    { requests: 60, cost: 120 },
  ]);
  // A clock that was set back does not stop it.
  nowMs = 0;
  count({ requests: 1, cost: 1 });
  expect(told.length).toBe(3);
});
