import { expect, test } from "vitest";
import { NOTHING_WATCHED } from "./exit-watch.ts";
import { positionRecord } from "./position-records.ts";
import { type PositionState, plannedPosition } from "./position-state.ts";
import { NOW_MS, planFor } from "./test-fixtures.ts";

const OPEN: PositionState = {
  ...plannedPosition(planFor()),
  status: "open",
  openedAtMs: NOW_MS,
  baseAmount: 1_000n,
  heldBase: 1_000n,
  costLamports: 10_000n,
  heldCostLamports: 10_000n,
};

test.each([
  ["whole, no trailing stop yet", {}, 0, null],
  ["half sold", { heldBase: 500n, heldCostLamports: 5_000n }, 5_000, null],
  ["a third left, rounded toward zero", { heldBase: 333n }, 6_670, null],
  ["trailing from +18 %", { watch: { ...NOTHING_WATCHED, peakLamports: 11_800n } }, 0, 1_800],
  [
    "trailing, of what is held",
    { heldBase: 500n, heldCostLamports: 5_000n, watch: { ...NOTHING_WATCHED, peakLamports: 6_000n } },
    5_000,
    2_000,
  ],
  ["sold out", { heldBase: 0n, heldCostLamports: 0n, watch: { ...NOTHING_WATCHED, peakLamports: 0n } }, 10_000, null],
  ["nothing bought", { baseAmount: 0n, heldBase: 0n }, 0, null],
] as const)("%s", (_what, change, soldBps, peakReturnBps) => {
  expect(positionRecord({ ...OPEN, ...change }, NOW_MS)).toMatchObject({ soldBps, peakReturnBps });
});
