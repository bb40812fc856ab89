import { describe, expect, test } from "vitest";
import { branchLedgers } from "./branch.ts";
import type { JournalEntry } from "./entry.ts";
import { sampleDecision, sampleEquity, sampleFill, sampleLedger, sampleOrder, samplePosition } from "./sample-entries.ts";

describe("what another branch tells of the ledgers", () => {
  test("highest number and every position of each, once", () => {
    const entries: JournalEntry[] = [
      sampleDecision("d"),
      sampleEquity("equity:paper-A:9"),
      sampleEquity("equity:paper-A:12"),
      sampleEquity("equity:paper-A:11"),
      sampleOrder("p2:buy:1", { positionId: "p2" }),
      samplePosition("p1", { ledger: "live-A" }),
      sampleFill("f", { positionId: "p2" }),
    ];
    expect(branchLedgers(entries)).toEqual([
      { ledger: "paper-A", newest: 12, positionIds: ["p2"] },
      { ledger: "live-A", newest: 0, positionIds: ["p1"] },
    ]);
  });

  test("money that no position moved names no position", () => {
    const [flow] = [sampleLedger(3)].map((entry) => ({ ...entry, movement: "flow" as const, positionId: null }));
    expect(branchLedgers(flow === undefined ? [] : [flow])).toEqual([{ ledger: "paper-A", newest: 3, positionIds: [] }]);
  });

  test.each(["", "paper-C", "paper-A ", "__proto__", "live-A/../x"])("ledger %j is none of ours", (ledger) => {
    expect(branchLedgers([{ ...sampleEquity("e:1"), ledger } as unknown as JournalEntry])).toEqual([]);
  });
});
