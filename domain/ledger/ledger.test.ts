import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { SettledMoney } from "../trading/position-state.ts";
import {
  capitalPostings,
  entryCostLamports,
  entryPostings,
  exitPostings,
  exitProceedsLamports,
  type Posting,
  reservePostings,
} from "./postings.ts";
import { addRecords, identityError, NOTHING_BOOKED, netRealisedLamports } from "./trial-balance.ts";

const SEED = 20_261_125;
const amount = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
const money: fc.Arbitrary<SettledMoney> = fc.record({
  grossLamports: amount,
  venueFeeLamports: amount,
  networkFeeLamports: amount,
  tipLamports: amount,
  rentLamports: amount,
  otherRentLamports: amount,
});
const BUY: SettledMoney = {
  grossLamports: 1_000n,
  venueFeeLamports: 12n,
  networkFeeLamports: 5n,
  tipLamports: 3n,
  rentLamports: 20n,
  otherRentLamports: 7n,
};
const SALE: SettledMoney = { ...BUY, grossLamports: 1_500n, otherRentLamports: 0n };

function record(id: string, postings: readonly Posting[]) {
  return { id, postings: postings.map(({ account, lamports }) => ({ account, lamports: lamports.toString() })) };
}

function sum(postings: readonly Posting[]): bigint {
  return postings.reduce((total, { lamports }) => total + lamports, 0n);
}

describe("postings", () => {
  test("of an entry: its reservation becomes cost, rent and fees, the rest is free again", () => {
    expect(Object.fromEntries(entryPostings(1_100n, BUY).map(({ account, lamports }) => [account, lamports]))).toEqual({
      reserved: -1_100n,
      cash: 53n,
      "position-cost": 1_000n,
      rent: 20n,
      "venue-fees": 12n,
      "network-fees": 5n,
      tips: 3n,
      "rent-spent": 7n,
    });
  });

  test("of a sale: a gain is negative, and rent that does not come back is spent", () => {
    const postings = exitPostings({ grossLamports: 1_000n, rentLamports: 20n }, { ...SALE, rentLamports: 0n });
    expect(Object.fromEntries(postings.map(({ account, lamports }) => [account, lamports]))).toEqual({
      cash: 1_480n,
      "position-cost": -1_000n,
      realised: -500n,
      rent: -20n,
      "rent-spent": 20n,
      "venue-fees": 12n,
      "network-fees": 5n,
      tips: 3n,
    });
  });

  test("of nothing are none", () => {
    expect(capitalPostings(0n)).toEqual([]);
  });

  test(`always add up to 0, and move cash by what was paid or brought (seed ${SEED})`, () => {
    fc.assert(
      fc.property(money, money, amount, amount, (buy, sale, reserved, share) => {
        const entry = entryPostings(reserved, buy);
        const exit = exitPostings({ grossLamports: share, rentLamports: buy.rentLamports }, sale);
        for (const postings of [entry, exit, capitalPostings(-reserved), reservePostings(reserved)]) expect(sum(postings)).toBe(0n);
        const cash = (postings: readonly Posting[]) => postings.find(({ account }) => account === "cash")?.lamports ?? 0n;
        expect(cash(entry)).toBe(reserved - entryCostLamports(buy));
        expect(cash(exit)).toBe(exitProceedsLamports(sale));
      }),
      { seed: SEED, numRuns: 1_000 },
    );
  });
});

describe("the trial balance", () => {
  test("of a round trip is capital, cash and what was made of it", () => {
    const balance = addRecords(NOTHING_BOOKED, [
      record("opening", capitalPostings(10_000n)),
      record("reserve", reservePostings(1_100n)),
      record("entry", entryPostings(1_100n, BUY)),
      record("exit", exitPostings({ grossLamports: 1_000n, rentLamports: 20n }, SALE)),
      record("flow", capitalPostings(-1_000n)),
    ]);
    const made = exitProceedsLamports(SALE) - entryCostLamports(BUY);
    expect(balance).toMatchObject({ cash: 9_000n + made, reserved: 0n, "position-cost": 0n, rent: 0n, capital: -9_000n, realised: -500n });
    expect(netRealisedLamports(balance)).toBe(made);
    expect(identityError(balance)).toBe(0n);
  });

  test("names a record that is out of balance, and an identity that does not hold", () => {
    const bad = { id: "ledger:paper-A:7", postings: [{ account: "cash", lamports: "1" } as const] };
    expect(() => addRecords(NOTHING_BOOKED, [bad])).toThrow("ledger:paper-A:7 is out of balance by 1");
    expect(identityError({ ...NOTHING_BOOKED, rent: 3n })).toBe(3n);
  });
});
