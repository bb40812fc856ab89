import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type BooksVerdict, judgeBooks, MIN_SWEEP_LAMPORTS, sweepLamports } from "./books.ts";

describe("judgeBooks", () => {
  test.each<[string, { wallet: bigint; swept?: bigint; before?: bigint }, BooksVerdict]>([
    ["equal", { wallet: 100n }, { kind: "equal" }],
    ["equal after a difference", { wallet: 100n, before: -5n }, { kind: "equal" }],
    ["a first sight of too little", { wallet: 95n }, { kind: "unsure", differenceLamports: -5n }],
    ["another difference than before", { wallet: 95n, before: -4n }, { kind: "unsure", differenceLamports: -5n }],
    ["too little, twice", { wallet: 95n, before: -5n }, { kind: "deficit", lamports: 5n }],
    ["too much, twice", { wallet: 103n, before: 3n }, { kind: "surplus", lamports: 3n }],
    ["what was swept", { wallet: 60n, before: -40n, swept: 40n }, { kind: "swept", lamports: 40n }],
    ["more gone than was swept", { wallet: 59n, before: -41n, swept: 40n }, { kind: "deficit", lamports: 41n }],
    ["less gone than was swept", { wallet: 61n, before: -39n, swept: 40n }, { kind: "deficit", lamports: 39n }],
    ["too much although something was swept", { wallet: 140n, before: 40n, swept: 40n }, { kind: "surplus", lamports: 40n }],
  ])("%s", (_name, { wallet, swept = 0n, before }, expected) => {
    const reading = { booksLamports: 100n, walletLamports: wallet, sweptLamports: swept };
    expect(judgeBooks({ ...reading, previousDifferenceLamports: before ?? null })).toEqual(expected);
  });

  test("nothing is booked or paged on one reading", () => {
    fc.assert(
      fc.property(fc.bigInt(), fc.bigInt(), fc.bigInt({ min: 0n }), (booksLamports, walletLamports, sweptLamports) => {
        const { kind } = judgeBooks({ booksLamports, walletLamports, sweptLamports, previousDifferenceLamports: null });
        expect(kind).toBe(booksLamports === walletLamports ? "equal" : "unsure");
      }),
    );
  });
});

test("a sweep leaves the limit in the wallet, its own fee paid, or is not made", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 1n << 50n }), fc.bigInt({ min: 0n, max: 1n << 50n }), (wallet, above) => {
      const lamports = sweepLamports(wallet, above, 6_000n);
      if (lamports === null) expect(wallet - above - 6_000n).toBeLessThan(MIN_SWEEP_LAMPORTS);
      else expect(wallet - lamports - 6_000n).toBe(above);
    }),
  );
});
