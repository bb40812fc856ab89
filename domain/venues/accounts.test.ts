import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeBase58 } from "../solana/base58.ts";
import { DEFAULT_ADDRESS, USDC_MINT, WSOL_2022_MINT, WSOL_MINT } from "../solana/programs.ts";
import { DEFAULT_FEE_CONFIG, decodeFeeConfig, encodeFeeConfig, marketCapLamports, selectFees } from "./fee-config.ts";
import { poolAuthorityAddress } from "./pdas.ts";
import { decodeBondingCurve, encodeBondingCurve, newBondingCurve } from "./pump-curve.ts";
import { decodePool, encodePool, feesForPool, isCanonicalPool, type Pool } from "./pump-swap.ts";

const address = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(encodeBase58);
const u64 = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
const MINT = "ELJFma9JzJfLWbc2fBSXPMAExayXoTr2LUNJLbPpump";

const pool: fc.Arbitrary<Pool> = fc.record({
  poolBump: fc.nat(255),
  index: fc.nat(65_535),
  creator: address,
  baseMint: address,
  quoteMint: address,
  lpMint: address,
  poolBaseTokenAccount: address,
  poolQuoteTokenAccount: address,
  lpSupply: u64,
  coinCreator: address,
  isMayhemMode: fc.boolean(),
  isCashbackCoin: fc.boolean(),
  virtualQuoteReservesLamports: fc.bigInt({ min: -(1n << 127n), max: (1n << 127n) - 1n }),
  creatorFeeBps: u64,
  canEditCreatorFee: fc.boolean(),
});

describe("pool accounts", () => {
  test("decode gives back what was encoded", () => {
    fc.assert(
      fc.property(pool, (value) => {
        expect(decodePool(encodePool(value))).toEqual({ ok: true, value });
        expect(encodePool(value)).toHaveLength(301);
      }),
    );
  });

  test("older and newer sizes decode; shorter and foreign bytes are refused", () => {
    const [value] = fc.sample(pool, 1) as [Pool];
    const data = encodePool(value);
    for (const size of [211, 243, 245, 261, 300]) {
      const decoded = decodePool(data.subarray(0, size));
      expect(decoded.ok && decoded.value.lpSupply).toBe(value.lpSupply);
      if (decoded.ok && size <= 245) expect(decoded.value.virtualQuoteReservesLamports).toBe(0n);
      if (decoded.ok && size === 211) expect(decoded.value.coinCreator).toBe(DEFAULT_ADDRESS);
    }
    expect(decodePool(Uint8Array.of(...data, 1, 2, 3))).toEqual({ ok: true, value });
    for (let size = 0; size < 211; size++) expect(decodePool(data.subarray(0, size))).toMatchObject({ reason: "POOL_MALFORMED" });
    expect(decodePool(encodeBondingCurve(newBondingCurve(MINT)))).toMatchObject({ reason: "POOL_MALFORMED" });
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => void decodePool(bytes)));
  });

  test("only index 0 under the coin's pool authority is canonical", () => {
    const creator = poolAuthorityAddress(MINT);
    expect(isCanonicalPool({ index: 0, creator, baseMint: MINT })).toBe(true);
    expect(isCanonicalPool({ index: 1, creator, baseMint: MINT })).toBe(false);
    expect(isCanonicalPool({ index: 0, creator: MINT, baseMint: MINT })).toBe(false);
    expect(isCanonicalPool({ index: 0, creator, baseMint: WSOL_MINT })).toBe(false);
  });
});

describe("bonding curve accounts", () => {
  test("decode gives back what was encoded", () => {
    const curve = fc.record({
      virtualTokenReserves: u64,
      virtualQuoteReserves: u64,
      realTokenReserves: u64,
      realQuoteReserves: u64,
      tokenTotalSupply: u64,
      complete: fc.boolean(),
      creator: address,
      isMayhemMode: fc.boolean(),
      isCashbackCoin: fc.boolean(),
      quoteMint: fc.oneof(address, fc.constant(WSOL_MINT)),
      creatorFeeBps: u64,
      canEditCreatorFee: fc.boolean(),
      isHolderReward: fc.boolean(),
    });
    fc.assert(
      fc.property(curve, (value) => {
        const data = encodeBondingCurve(value);
        expect(decodeBondingCurve(data)).toEqual({ ok: true, value });
        expect(data).toHaveLength(151);
      }),
    );
  });

  test("the first version's 49 bytes decode, fewer do not", () => {
    const data = encodeBondingCurve({ ...newBondingCurve(MINT), complete: true });
    expect(decodeBondingCurve(data.subarray(0, 49))).toMatchObject({
      ok: true,
      value: { complete: true, creator: DEFAULT_ADDRESS, quoteMint: WSOL_MINT },
    });
    for (let size = 0; size < 49; size++) expect(decodeBondingCurve(data.subarray(0, size))).toMatchObject({ reason: "CURVE_MALFORMED" });
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void decodeBondingCurve(bytes)));
  });
});

describe("fee configuration", () => {
  test("decode gives back what was encoded, in the size on chain", () => {
    const data = encodeFeeConfig(DEFAULT_FEE_CONFIG);
    expect(decodeFeeConfig(data)).toEqual({ ok: true, value: DEFAULT_FEE_CONFIG });
    expect(data).toHaveLength(4_097);
    for (let size = 0; size < 1_000; size += 7) expect(decodeFeeConfig(data.subarray(0, size)).ok).toBe(false);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void decodeFeeConfig(Uint8Array.of(...data.subarray(0, 8), ...bytes))),
    );
  });

  test("what an account is too short for is not read, whatever bytes stand there", () => {
    const data = encodeFeeConfig(DEFAULT_FEE_CONFIG);
    const unset = { lpBps: 0n, protocolBps: 0n, creatorBps: 0n };
    const { feeTiers, stableFeeTiers } = DEFAULT_FEE_CONFIG;
    expect(decodeFeeConfig(data.subarray(0, 4_096))).toMatchObject({
      ok: true,
      value: { feeTiers, stableFeeTiers, exoticFlatFees: unset },
    });
    expect(decodeFeeConfig(data.subarray(0, 4_072))).toMatchObject({
      ok: true,
      value: { feeTiers, stableFeeTiers: [], exoticFlatFees: unset },
    });
    expect(decodeFeeConfig(data.subarray(0, 2_511))).toMatchObject({ reason: "FEE_CONFIG_MALFORMED" });
    const mint = WSOL_2022_MINT;
    expect(selectFees({ ...DEFAULT_FEE_CONFIG, stableFeeTiers: [] }, 0n, true, USDC_MINT)).toEqual(feeTiers[0]?.fees);
    expect(selectFees({ ...DEFAULT_FEE_CONFIG, exoticFlatFees: unset }, 0n, true, MINT)).toEqual(DEFAULT_FEE_CONFIG.flatFees);
    expect(selectFees(DEFAULT_FEE_CONFIG, 0n, true, mint)).toEqual(feeTiers[0]?.fees);
  });

  test("fees above the whole trade, unordered tiers and endless lists are refused", () => {
    const [first, second] = DEFAULT_FEE_CONFIG.feeTiers;
    if (first === undefined || second === undefined) throw new Error("two tiers expected");
    const greedy = { ...DEFAULT_FEE_CONFIG, flatFees: { lpBps: 9_999n, protocolBps: 1n, creatorBps: 1n } };
    for (const config of [greedy, { ...DEFAULT_FEE_CONFIG, feeTiers: [second, first] }, { ...DEFAULT_FEE_CONFIG, feeTiers: [] }])
      expect(decodeFeeConfig(encodeFeeConfig(config))).toMatchObject({ reason: "FEE_CONFIG_MALFORMED" });
    const data = encodeFeeConfig(DEFAULT_FEE_CONFIG);
    data.set([0xff, 0xff, 0xff, 0xff], 8 + 1 + 32 + 24);
    expect(decodeFeeConfig(data)).toMatchObject({ reason: "FEE_CONFIG_MALFORMED" });
  });

  test.each([
    [0n, 125n],
    [419_999_999_999n, 125n],
    [420_000_000_000n, 120n],
    [1_470_000_000_000n, 115n],
    [9_819_999_999_999n, 100n],
    [98_239_999_999_999n, 33n],
    [98_240_000_000_000n, 30n],
    [10n ** 20n, 30n],
  ])("a canonical pool at %s lamports pays %s bps", (marketCap, total) => {
    const { lpBps, protocolBps, creatorBps } = selectFees(DEFAULT_FEE_CONFIG, marketCap, true);
    expect(lpBps + protocolBps + creatorBps).toBe(total);
  });

  test("a fresh graduation is worth 410.78 SOL and pays the first tier; the next tier is one buy away", () => {
    const opening = marketCapLamports({ baseReserves: 206_900_000_000_000n, quoteReservesLamports: 84_990_359_084n }, 10n ** 15n);
    expect(opening).toBe(410_779_889_241n);
    expect(marketCapLamports({ baseReserves: 0n, quoteReservesLamports: 1n }, 1n)).toBe(0n);
  });

  test("a pool's own circumstances change its fees", () => {
    const [sample] = fc.sample(pool, 1) as [Pool];
    const base = {
      ...sample,
      index: 0,
      baseMint: MINT,
      creator: poolAuthorityAddress(MINT),
      coinCreator: MINT,
      quoteMint: WSOL_MINT,
      creatorFeeBps: 0n,
      isMayhemMode: false,
    };
    const reserves = { baseReserves: 10n ** 14n, quoteReservesLamports: 10n ** 11n };
    const supply = 10n ** 14n;
    expect(feesForPool(DEFAULT_FEE_CONFIG, base, reserves, supply)).toEqual({ lpBps: 2n, protocolBps: 93n, creatorBps: 30n });
    expect(feesForPool(DEFAULT_FEE_CONFIG, { ...base, isMayhemMode: true }, reserves, supply).creatorBps).toBe(95n);
    expect(feesForPool(DEFAULT_FEE_CONFIG, { ...base, creatorFeeBps: 300n }, reserves, supply).creatorBps).toBe(300n);
    expect(feesForPool(DEFAULT_FEE_CONFIG, { ...base, coinCreator: DEFAULT_ADDRESS }, reserves, supply).creatorBps).toBe(0n);
    expect(feesForPool(DEFAULT_FEE_CONFIG, { ...base, creatorFeeBps: 300n }, reserves, supply, false).creatorBps).toBe(30n);
    expect(feesForPool(DEFAULT_FEE_CONFIG, { ...base, creator: MINT }, reserves, supply)).toEqual(DEFAULT_FEE_CONFIG.flatFees);
    expect(feesForPool(DEFAULT_FEE_CONFIG, { ...base, quoteMint: MINT }, reserves, supply)).toEqual(DEFAULT_FEE_CONFIG.exoticFlatFees);
    // 100,000 USDC: between the second and third tier of USDC pools, in the first of SOL pools.
    expect(feesForPool(DEFAULT_FEE_CONFIG, { ...base, quoteMint: USDC_MINT }, reserves, supply).creatorBps).toBe(95n);
  });
});
