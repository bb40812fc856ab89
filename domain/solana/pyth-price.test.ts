import { sha256 } from "@noble/hashes/sha2.js";
import { describe, expect, test } from "vitest";
import { toHex } from "./bytes.ts";
import { PYTH_SOL_USD_FEED_ID, WSOL_MINT } from "./programs.ts";
import { decodePriceUpdate, encodePriceUpdate, type PriceUpdate, priceNumber } from "./pyth-price.ts";

const update: PriceUpdate = {
  price: 15_012_345_678n,
  conf: 7_500_000n,
  exponent: -8,
  publishTimeS: 1_790_263_976,
  feedId: PYTH_SOL_USD_FEED_ID,
};
const data = encodePriceUpdate(update, WSOL_MINT, 450_070_471);

describe("Pyth price updates", () => {
  test("decode gives back what was encoded, in the size on chain", () => {
    expect(decodePriceUpdate(data)).toEqual({ ok: true, value: update });
    expect(data).toHaveLength(134);
    expect(priceNumber(update)).toBeCloseTo(150.12345678, 8);
  });

  test("the discriminator is Anchor's for PriceUpdateV2", () => {
    expect(toHex(data.subarray(0, 8))).toBe(toHex(sha256(new TextEncoder().encode("account:PriceUpdateV2")).subarray(0, 8)));
  });

  test("every cut before the price message's end is refused", () => {
    for (let length = 0; length < 101; length++) expect(decodePriceUpdate(data.subarray(0, length)).ok).toBe(false);
  });

  test.each([
    ["another account", Uint8Array.from(data, (byte, i) => (i === 0 ? byte ^ 1 : byte))],
    ["a partly verified update", Uint8Array.from(data, (byte, i) => (i === 40 ? 0 : byte))],
    ["a price of zero", encodePriceUpdate({ ...update, price: 0n }, WSOL_MINT, 1)],
    ["a negative price", encodePriceUpdate({ ...update, price: -1n }, WSOL_MINT, 1)],
    ["an absurd exponent", encodePriceUpdate({ ...update, exponent: -40 }, WSOL_MINT, 1)],
    ["a positive exponent", encodePriceUpdate({ ...update, exponent: 3 }, WSOL_MINT, 1)],
  ])("%s is refused", (_name, bytes) => {
    expect(decodePriceUpdate(bytes)).toMatchObject({ ok: false, reason: "UPSTREAM_MALFORMED" });
  });
});
