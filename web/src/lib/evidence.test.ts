import { expect, test } from "vitest";
import { evidenceTable, spacedName } from "./evidence.ts";

test("evidenceTable puts arms side by side, nested or not, with holes for what one arm lacks", () => {
  const expected = {
    arms: ["A", "B"],
    rows: [
      { name: "trades", values: [40, 12] },
      { name: "meanReturnBps", values: [35, undefined] },
    ],
    others: [{ name: "upliftBps", value: 120 }],
  };
  expect(evidenceTable({ A: { trades: 40, meanReturnBps: 35 }, B: { trades: 12 }, upliftBps: 120 })).toEqual(expected);
  expect(evidenceTable({ arms: { A: { trades: 40, meanReturnBps: 35 }, B: { trades: 12 } }, upliftBps: 120 })).toEqual(expected);
  expect(evidenceTable({})).toEqual({ arms: [], rows: [], others: [] });
});

test("spacedName", () => {
  expect(spacedName("meanReturnBps")).toBe("mean return bps");
  expect(spacedName("log_loss")).toBe("log loss");
});
