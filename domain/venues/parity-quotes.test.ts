import {
  type Global,
  getBuySolAmountFromTokenAmount,
  getBuyTokenAmountFromSolAmount,
  getSellSolAmountFromTokenAmount,
} from "@pump-fun/pump-sdk";
import { buyBaseInput, buyQuoteInput, type GlobalConfig, sellBaseInput } from "@pump-fun/pump-swap-sdk";
import { describe, expect, test } from "vitest";
import type { Result } from "../result.ts";
import { addressBytes, findProgramAddress } from "../solana/address.ts";
import { DEFAULT_ADDRESS, PUMP_PROGRAM, PUMP_TOKEN_SUPPLY, USDC_MINT, WSOL_MINT } from "../solana/programs.ts";
import { type Address, BPS, U64_MAX } from "../units.ts";
import { DEFAULT_CURVE_FEE_CONFIG, totalFeeBps } from "./fee-config.ts";
import { attempt, bn, type Counts, count, fromBn, key, Sampler, sdkCurve, sdkFeeConfig, summary } from "./parity-oracle.ts";
import { poolAuthorityAddress } from "./pdas.ts";
import {
  type BondingCurve,
  type CurveQuote,
  feesForCurve,
  quoteCurveBuyExactQuoteIn,
  quoteCurveBuyExactTokens,
  quoteCurveSell,
} from "./pump-curve.ts";
import { feesForPool, type Pool, poolReserves, quoteBuyExactBaseOut, quoteBuyExactQuoteIn, quoteSell } from "./pump-swap.ts";

/** Printed with every result; the environment variable repeats a run. */
const SEED = process.env["PARITY_SEED"] ?? String(Math.floor(Math.random() * 2 ** 32));
const POOL_STATES = 9_000;
const CURVE_STATES = 13_000;
const TIMEOUT_MS = 120_000;

const POOL_KINDS =
  `buy|buy_exact_quote_in|sell|refused by both|no reserves|mayhem|cashback|own creator fee|no creator|boosted|negative virtual reserves|not pump's|USDC|other quote`.split(
    "|",
  );
const CURVE_KINDS =
  "buy|sell|sell refused|buy_exact_sol_in|mayhem|cashback|no creator|own creator fee|holder reward|USDC|other quote".split("|");

/** An answer of the SDK that the program could give: positive and within its 64 bits. */
function possible(...amounts: readonly bigint[]): boolean {
  return amounts.every((amount) => amount > 0n && amount <= U64_MAX);
}

describe("quotes equal @pump-fun/pump-swap-sdk 1.20.0", () => {
  const sampler = new Sampler(`${SEED}/pool`);
  // The SDK derives the pool authority in every quote, without a cache: mints whose first bump fits halve the time.
  const baseMints = sampler.addresses(64).filter((mint) => authorityBump(mint) === 255);
  const configs = Array.from({ length: 60 }, () => {
    const ours = sampler.feeConfig();
    return { ours, theirs: sdkFeeConfig(ours) };
  });

  test(`${POOL_STATES} random pools, one trade each`, { timeout: TIMEOUT_MS }, () => {
    const counts: Counts = {};
    for (let i = 0; i < POOL_STATES; i++) {
      const quoteVault = sampler.chance(0.01) ? 0n : sampler.amount(10n ** 14n);
      const pool = sampler.pool(baseMints[sampler.rng.int(baseMints.length)] ?? WSOL_MINT, quoteVault);
      const baseVault = sampler.amount(10n ** 16n) + 1n;
      const supply = sampler.chance(0.6) ? PUMP_TOKEN_SUPPLY : baseVault + sampler.amount(10n ** 15n);
      const config = configs[sampler.rng.int(configs.length)];
      if (config === undefined) throw new Error("no configuration");
      const creatorFeeConfigurable = sampler.chance(0.8);
      const reserves = poolReserves(pool, baseVault, quoteVault);
      const fees = feesForPool(config.ours, pool, reserves, supply, creatorFeeConfigurable);
      const theirs = sdkPool(pool, baseVault, quoteVault, supply, creatorFeeConfigurable, config.theirs);
      const kind = sampler.pick(["buy", "buy_exact_quote_in", "sell"] as const);
      const amount = sampler.part(kind === "buy_exact_quote_in" ? reserves.quoteReservesLamports : baseVault, 10n ** 17n);
      let expected: Record<string, bigint> | null;
      let ours: ReturnType<typeof quoteSell>;
      if (kind === "buy") {
        const answer = attempt(() => buyBaseInput({ ...theirs, base: bn(amount) }));
        expected = answer && { quoteAmountLamports: fromBn(answer.internalQuoteAmount), userQuoteAmountLamports: fromBn(answer.uiQuote) };
        ours = quoteBuyExactBaseOut(reserves, amount, fees);
      } else if (kind === "buy_exact_quote_in") {
        const answer = attempt(() => buyQuoteInput({ ...theirs, quote: bn(amount) }));
        expected = answer && { baseAmount: fromBn(answer.base), quoteAmountLamports: fromBn(answer.internalQuoteWithoutFees) };
        ours = quoteBuyExactQuoteIn(reserves, amount, fees);
      } else {
        const answer = attempt(() => sellBaseInput({ ...theirs, base: bn(amount) }));
        expected = answer && {
          quoteAmountLamports: fromBn(answer.internalQuoteAmountOut),
          userQuoteAmountLamports: fromBn(answer.uiQuote),
        };
        ours = quoteSell(reserves, amount, fees);
      }
      const context = `state ${i} of seed ${SEED}: ${kind} of ${amount}`;
      // Without effective reserves the SDK divides all the same; there is nothing to trade with.
      const noReserves = reserves.quoteReservesLamports <= 0n;
      const overflows = kind === "sell" && baseVault + amount > U64_MAX;
      if (expected === null || noReserves || overflows || !possible(...Object.values(expected))) {
        expect(ours.ok ? ours.value : null, context).toBeNull();
        count(counts, noReserves ? "no reserves" : "refused by both");
        continue;
      }
      expect(ours.ok ? ours.value : ours, context).toMatchObject(expected);
      count(counts, kind);
      for (const name of poolKinds(pool, creatorFeeConfigurable)) count(counts, name);
    }
    console.log(`parity, seed ${SEED}: ${POOL_STATES} pools: ${summary(counts, POOL_KINDS)}`);
  });
});

function authorityBump(mint: Address): number {
  return findProgramAddress([new TextEncoder().encode("pool-authority"), addressBytes(mint)], PUMP_PROGRAM).bump;
}

function poolKinds(pool: Pool, creatorFeeConfigurable: boolean): string[] {
  const kinds: ReadonlyArray<readonly [string, boolean]> = [
    ["mayhem", pool.isMayhemMode],
    ["cashback", pool.isCashbackCoin],
    ["no creator", pool.coinCreator === DEFAULT_ADDRESS],
    ["own creator fee", pool.creatorFeeBps > 0n && creatorFeeConfigurable],
    ["boosted", pool.virtualQuoteReservesLamports > 0n],
    ["negative virtual reserves", pool.virtualQuoteReservesLamports < 0n],
    ["not pump's", pool.creator !== poolAuthorityAddress(pool.baseMint)],
    ["USDC", pool.quoteMint === USDC_MINT],
    ["other quote", pool.quoteMint !== USDC_MINT && pool.quoteMint !== WSOL_MINT],
  ];
  return kinds.filter(([, holds]) => holds).map(([name]) => name);
}

function sdkPool(
  pool: Pool,
  baseVault: bigint,
  quoteVault: bigint,
  supply: bigint,
  creatorFeeConfigurable: boolean,
  feeConfig: ReturnType<typeof sdkFeeConfig>,
) {
  return {
    slippage: 0,
    baseReserve: bn(baseVault),
    quoteReserve: bn(quoteVault),
    virtualQuoteReserves: bn(pool.virtualQuoteReservesLamports),
    // Of the configuration only the gate is read when there is a FeeConfig.
    globalConfig: { creatorFeeConfigurable } as GlobalConfig,
    baseMintAccount: { supply } as Parameters<typeof buyBaseInput>[0]["baseMintAccount"],
    baseMint: key(pool.baseMint),
    coinCreator: key(pool.coinCreator),
    creator: key(pool.creator),
    feeConfig,
    quoteMint: key(pool.quoteMint),
    isMayhemMode: pool.isMayhemMode,
    creatorFeeBps: bn(pool.creatorFeeBps),
  };
}

describe("curve quotes equal @pump-fun/pump-sdk 2.0.0", () => {
  const sampler = new Sampler(`${SEED}/curve`);
  const configs = Array.from({ length: 40 }, () => {
    const ours = sampler.chance(0.3) ? DEFAULT_CURVE_FEE_CONFIG : sampler.feeConfig();
    return { ours, theirs: sdkFeeConfig(ours) };
  });

  test(`${CURVE_STATES} random curves, three trades each`, { timeout: TIMEOUT_MS }, () => {
    const counts: Counts = {};
    for (let i = 0; i < CURVE_STATES; i++) {
      const curve = sampler.curve();
      const config = configs[sampler.rng.int(configs.length)];
      if (config === undefined) throw new Error("no configuration");
      const supply = curve.isMayhemMode && sampler.chance(0.5) ? PUMP_TOKEN_SUPPLY * 2n : PUMP_TOKEN_SUPPLY;
      const creatorFeeConfigurable = sampler.chance(0.8);
      const theirs = {
        global: { creatorFeeConfigurable } as Global,
        feeConfig: config.theirs,
        mintSupply: bn(supply),
        bondingCurve: sdkCurve(curve),
        quoteMint: key(curve.quoteMint),
      };
      const fees = feesForCurve(config.ours, curve, supply, creatorFeeConfigurable);
      const context = `state ${i} of seed ${SEED}`;

      const tokens = sampler.part(curve.realTokenReserves, curve.realTokenReserves);
      const cost = fromBn(getBuySolAmountFromTokenAmount({ ...theirs, amount: bn(tokens) }));
      const buy = quoteCurveBuyExactTokens(curve, tokens, fees);
      if (possible(cost)) expect(buy.ok && buy.value.userQuoteAmountLamports, context).toBe(cost);
      else expect(buy.ok, context).toBe(false);
      count(counts, possible(cost) ? "buy" : "buy refused");

      const proceeds = fromBn(getSellSolAmountFromTokenAmount({ ...theirs, amount: bn(tokens) }));
      const sell = quoteCurveSell(curve, tokens, fees);
      // The SDK does not look at what the curve really holds; the program cannot pay more.
      const gross = (tokens * curve.virtualQuoteReserves) / (curve.virtualTokenReserves + tokens);
      if (possible(proceeds) && gross <= curve.realQuoteReserves)
        expect(sell.ok && sell.value.userQuoteAmountLamports, context).toBe(proceeds);
      else expect(sell.ok, context).toBe(false);
      count(counts, sell.ok ? "sell" : "sell refused");

      const budget = sampler.part(curve.virtualQuoteReserves, 10n ** 13n);
      const received = fromBn(getBuyTokenAmountFromSolAmount({ ...theirs, amount: bn(budget) }));
      const exactIn = quoteCurveBuyExactQuoteIn(curve, budget, fees);
      const same = expectNearBudgetQuote(curve, budget, totalFeeBps(fees), received, exactIn, context);
      count(counts, same ? "buy_exact_sol_in" : "buy_exact_sol_in of the program, not of the SDK");
      for (const name of curveKinds(curve, creatorFeeConfigurable)) count(counts, name);
    }
    console.log(`parity, seed ${SEED}: ${CURVE_STATES} curves: ${summary(counts, CURVE_KINDS)}`);
  });
});

/**
 * For a budget the SDK gives tokens for input = floor((budget − 1) × 10,000 / (10,000 + fees)), meant as
 * the amount of a plain `buy`. The program's `buy_exact_sol_in`, by its IDL and like PumpSwap's
 * `buy_exact_quote_in` in the recorded trades, takes floor(budget × 10,000 / (10,000 + fees)), less what
 * two fees rounded up exceed the budget by, less one: the same input or up to two lamports less. We
 * follow the program, so our answer is the SDK's for an input up to two lamports smaller, never more.
 */
function expectNearBudgetQuote(
  curve: BondingCurve,
  budget: bigint,
  feeBps: bigint,
  theirs: bigint,
  ours: Result<CurveQuote>,
  context: string,
) {
  const input = ((budget - 1n) * BPS) / (BPS + feeBps);
  const tokensFor = (lamports: bigint) => {
    const tokens = lamports <= 0n ? 0n : (lamports * curve.virtualTokenReserves) / (curve.virtualQuoteReserves + lamports);
    return tokens < curve.realTokenReserves ? tokens : curve.realTokenReserves;
  };
  expect(theirs, context).toBe(tokensFor(input));
  const candidates = [input, input - 1n, input - 2n].map(tokensFor);
  expect(candidates, context).toContain(ours.ok ? ours.value.tokenAmount : 0n);
  return ours.ok && ours.value.tokenAmount === theirs;
}

function curveKinds(curve: BondingCurve, creatorFeeConfigurable: boolean): string[] {
  const kinds: ReadonlyArray<readonly [string, boolean]> = [
    ["mayhem", curve.isMayhemMode],
    ["cashback", curve.isCashbackCoin],
    ["no creator", curve.creator === DEFAULT_ADDRESS],
    ["own creator fee", curve.creatorFeeBps > 0n && creatorFeeConfigurable],
    ["holder reward", curve.isHolderReward],
    ["USDC", curve.quoteMint === USDC_MINT],
    ["other quote", curve.quoteMint !== USDC_MINT && curve.quoteMint !== WSOL_MINT],
  ];
  return kinds.filter(([, holds]) => holds).map(([name]) => name);
}
