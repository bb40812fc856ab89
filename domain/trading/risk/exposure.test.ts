import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bpsOf } from "../../units.ts";
import type { Holding } from "../portfolio-state.ts";
import { exposureTo, sizeWithinCaps } from "./exposure.ts";

const SEED = 20_261_123;
const CAPS = {
  maxTokenExposureBps: 1_500,
  maxCreatorExposureBps: 2_000,
  maxExposureBps: 9_000,
  maxHourlyExposureBps: 20_000,
  minPositionLamports: 50,
};
const NONE = { tokenLamports: 0n, creatorLamports: 0n, totalLamports: 0n, hourlyLamports: 0n };

function holding(mint: string, creator: string | null, exposureLamports: bigint): Holding {
  const amounts = { reservedLamports: 0n, costLamports: 0n, grossLamports: 0n, baseAmount: 0n, rentLamports: 0n, realisedLamports: 0n };
  return {
    positionId: mint,
    signalId: mint,
    mint,
    pool: mint,
    symbol: "",
    phase: "open",
    sinceMs: 0,
    ...amounts,
    exposureLamports,
    exits: 0,
    exitCostLamports: 0n,
    valueLamports: 0n,
    markedSlot: 0,
    markedAtMs: 0,
    score: 0,
    stopLossBps: 0,
    takeProfitBps: 0,
    maxHoldMs: 0,
    creator,
    isRehearsal: false,
  };
}

describe("exposure", () => {
  const held = [holding("a", "ann", 10n), holding("b", "ann", 20n), holding("c", null, 40n), holding("d", null, 80n)];

  test.each([
    ["a known creator", { mint: "new", creator: "ann" }, { tokenLamports: 0n, creatorLamports: 30n }],
    ["an unknown creator, who may be any other unknown one", { mint: "new", creator: null }, { tokenLamports: 0n, creatorLamports: 120n }],
    ["a token that is held", { mint: "b", creator: "bob" }, { tokenLamports: 20n, creatorLamports: 0n }],
  ])("of %s", (_name, signal, expected) => {
    expect(exposureTo(signal, held, 7n)).toEqual({ ...expected, totalLamports: 150n, hourlyLamports: 7n });
  });
});

describe("sizes within the caps", () => {
  test.each<[string, Partial<typeof NONE>, bigint | string]>([
    ["nothing used", {}, 1_000n],
    ["the token's cap", { tokenLamports: 600n }, 900n],
    ["the creator's cap", { creatorLamports: 1_400n }, 600n],
    ["the total cap", { totalLamports: 8_950n }, 50n],
    ["the hour's cap", { hourlyLamports: 19_100n }, 900n],
    ["several, the least counts", { creatorLamports: 1_400n, hourlyLamports: 19_900n }, 100n],
    ["a lamport less than the smallest position", { totalLamports: 8_951n }, "EXPOSURE_TOTAL"],
    ["beyond a cap, since equity fell", { creatorLamports: 5_000n }, "EXPOSURE_CREATOR"],
    ["two at once: the first in order", { creatorLamports: 2_000n, tokenLamports: 1_500n }, "EXPOSURE_TOKEN"],
  ])("%s", (_name, used, expected) => {
    const capped = sizeWithinCaps(1_000n, { ...NONE, ...used }, 10_000n, CAPS);
    expect(capped).toMatchObject(typeof expected === "string" ? { ok: false, reason: expected } : { ok: true, value: expected });
  });

  test(`never exceed a cap nor the size wanted, and are never below the smallest position (seed ${SEED})`, () => {
    const amount = fc.bigInt({ min: 0n, max: 20_000n });
    const exposure = fc.record({ tokenLamports: amount, creatorLamports: amount, totalLamports: amount, hourlyLamports: amount });
    fc.assert(
      fc.property(fc.bigInt({ min: 50n, max: 20_000n }), exposure, amount, (wanted, used, equity) => {
        const capped = sizeWithinCaps(wanted, used, equity, CAPS);
        const left = (cap: number, of: bigint) => bpsOf(equity, BigInt(cap)) - of;
        const lefts = [
          left(CAPS.maxTokenExposureBps, used.tokenLamports),
          left(CAPS.maxCreatorExposureBps, used.creatorLamports),
          left(CAPS.maxExposureBps, used.totalLamports),
          left(CAPS.maxHourlyExposureBps, used.hourlyLamports),
        ];
        expect(capped.ok).toBe(lefts.every((one) => one >= 50n));
        const [least] = [...lefts, wanted].sort((a, b) => (a < b ? -1 : 1));
        if (capped.ok) expect(capped.value).toBe(least);
      }),
      { seed: SEED, numRuns: 2_000 },
    );
  });
});
