import { describe, expect, test } from "vitest";
import { holderShares, judgeHolders, mergeByOwner } from "./holder-gates.ts";

const SUPPLY = 1_000n;
const holder = (address: string, amount: bigint) => ({ address, amount });

describe("holderShares", () => {
  test("vault and curve are no holders", () => {
    const holders = [holder("vault", 700n), holder("curve", 100n), holder("a", 50n), holder("b", 30n)];
    expect(holderShares(SUPPLY, holders, new Set(["vault", "curve"]), 30n)).toEqual({ topHolder: 0.05, top10: 0.08, creator: 0.03 });
  });

  test("ten at most, in whatever order they come", () => {
    const holders = Array.from({ length: 20 }, (_, i) => holder(`h${i}`, BigInt(i)));
    expect(holderShares(SUPPLY, holders, new Set(), null)).toEqual({ topHolder: 0.019, top10: 0.145, creator: null });
  });

  test("unknown is not zero, and nobody but the pool is", () => {
    expect(holderShares(SUPPLY, null, new Set(), null)).toEqual({ topHolder: null, top10: null, creator: null });
    expect(holderShares(null, [], new Set(), 5n)).toEqual({ topHolder: null, top10: null, creator: null });
    expect(holderShares(SUPPLY, [holder("vault", 900n)], new Set(["vault"]), 0n)).toEqual({ topHolder: 0, top10: 0, creator: 0 });
  });
});

test("findings name the share; at the limit there is none", () => {
  expect(judgeHolders({ topHolder: 0.6, top10: 0.75, creator: 0.25 })).toEqual([
    { severity: "hard", code: "TOP_HOLDER_LARGE", detail: "60.0 %" },
    { severity: "hard", code: "HOLDERS_CONCENTRATED", detail: "75.0 %" },
    { severity: "soft", code: "CREATOR_HOLDS", detail: "25.0 %" },
  ]);
  expect(judgeHolders({ topHolder: 0.39, top10: 0.69, creator: 0.39 }).map(({ severity }) => severity)).toEqual(["soft", "soft", "soft"]);
  expect(judgeHolders({ topHolder: 0.15, top10: 0.4, creator: 0.1 })).toEqual([]);
  expect(judgeHolders({ topHolder: null, top10: null, creator: null })).toEqual([]);
});

test("accounts of one owner count together", () => {
  const holders = [holder("a1", 30n), holder("a2", 40n), holder("b", 50n)];
  const merged = mergeByOwner(
    holders,
    new Map([
      ["a1", "A"],
      ["a2", "A"],
    ]),
  );
  expect(merged).toEqual([holder("A", 70n), holder("b", 50n)]);
  expect(holderShares(SUPPLY, merged, new Set(), null).topHolder).toBe(0.07);
});
