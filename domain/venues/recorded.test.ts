import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Result } from "../result.ts";
import { associatedTokenAddress } from "../solana/address.ts";
import { decodeBase64 } from "../solana/base64.ts";
import { fromHex } from "../solana/bytes.ts";
import { decodeTransaction } from "../solana/decode.ts";
import { PUMP_FEE_CONFIG, PUMP_SWAP_FEE_CONFIG, TOKEN_2022_PROGRAM, TOKEN_PROGRAM, WSOL_MINT } from "../solana/programs.ts";
import { parseTransaction } from "../solana/transaction.ts";
import {
  DEFAULT_CURVE_FEE_CONFIG,
  DEFAULT_CURVE_FEES,
  DEFAULT_FEE_CONFIG,
  decodeFeeConfig,
  type Fees,
  type FeeTier,
  marketCapLamports,
  selectFees,
} from "./fee-config.ts";
import * as pdas from "./pdas.ts";
import {
  decodeBondingCurve,
  encodeBondingCurve,
  newBondingCurve,
  quoteCurveBuyExactQuoteIn,
  quoteCurveBuyExactTokens,
  quoteCurveSell,
} from "./pump-curve.ts";
import {
  decodePool,
  encodePool,
  isCanonicalPool,
  poolReserves,
  quoteBuyExactBaseOut,
  quoteBuyExactQuoteIn,
  quoteSell,
} from "./pump-swap.ts";

const FIXTURES = decodeURIComponent(new URL("../../../shared/fixtures/", import.meta.url).pathname);
const present = existsSync(FIXTURES);
if (!present) console.warn("SKIPPED: recorded quotes and accounts, ../shared/fixtures is missing");

function json<T>(path: string): T {
  return JSON.parse(readFileSync(FIXTURES + path, "utf8")) as T;
}

function bytes(base64: string): Uint8Array {
  const decoded = decodeBase64(base64);
  if (decoded === null) throw new Error("not base64");
  return decoded;
}

interface Vector {
  readonly src: string;
  readonly ix: string;
  readonly [name: string]: unknown;
}

/** A vector's integer; a missing one is null, never zero. */
function int(vector: Vector, ...path: string[]): bigint | null {
  let value: unknown = vector;
  for (const key of path) value = (value as Record<string, unknown> | undefined)?.[key];
  return typeof value === "number" ? BigInt(value) : null;
}

function must(value: bigint | null): bigint {
  if (value === null) throw new Error("the vector lacks a number");
  return value;
}

describe.skipIf(!present)("oracle vectors", () => {
  const { vectors } = present ? json<{ vectors: Vector[] }>("events/oracle-vectors.json") : { vectors: [] };

  test.each(vectors)("$ix of $src", (vector) => {
    // One vector has no fee shares: its pool is in the 4,420 SOL tier by its own reserves.
    const fees: Fees =
      vector["bps"] === undefined
        ? selectFees(
            DEFAULT_FEE_CONFIG,
            marketCapLamports(
              { baseReserves: must(int(vector, "base")), quoteReservesLamports: must(int(vector, "quote")) + must(int(vector, "virtual")) },
              10n ** 15n,
            ),
            true,
          )
        : {
            lpBps: int(vector, "bps", "lp") ?? 0n,
            protocolBps: must(int(vector, "bps", "protocol")),
            creatorBps: must(int(vector, "bps", "creator")),
          };
    const expected: Record<string, bigint | null> = {
      protocolFeeLamports: int(vector, "fees", "protocol"),
      creatorFeeLamports: int(vector, "fees", "creator"),
    };
    let quoted: Record<string, unknown>;
    if (vector.ix === "bonding curve sell") {
      const before = {
        ...newBondingCurve(WSOL_MINT),
        virtualTokenReserves: must(int(vector, "virtual_token_before")),
        virtualQuoteReserves: must(int(vector, "virtual_sol_before")),
        realQuoteReserves: must(int(vector, "virtual_sol_before")) - 30_000_000_000n,
      };
      quoted = expectQuote(quoteCurveSell(before, must(int(vector, "token_in")), fees));
      expected["quoteAmountLamports"] = int(vector, "sol_out");
    } else {
      const reserves = {
        baseReserves: must(int(vector, "base")),
        quoteReservesLamports: must(int(vector, "quote")) + must(int(vector, "virtual")),
      };
      expected["lpFeeLamports"] = int(vector, "fees", "lp");
      expected["baseAmount"] = int(vector, "base_in") ?? int(vector, "base_out");
      expected["quoteAmountLamports"] = int(vector, "quote_out") ?? int(vector, "quote_in") ?? int(vector, "net");
      expected["userQuoteAmountLamports"] = int(vector, "user_quote_out") ?? int(vector, "user_quote_in") ?? int(vector, "spend_total");
      if (vector.ix === "sell") quoted = expectQuote(quoteSell(reserves, must(int(vector, "base_in")), fees));
      else if (vector.ix === "buy") quoted = expectQuote(quoteBuyExactBaseOut(reserves, must(int(vector, "base_out")), fees));
      else quoted = expectQuote(quoteBuyExactQuoteIn(reserves, must(int(vector, "spend_total")), fees));
      const marketCap = int(vector, "mcap_lamports_approx");
      if (marketCap !== null) expect(marketCapLamports(reserves, 10n ** 15n)).toBe(marketCap);
      if (marketCap !== null && must(int(vector, "virtual")) > 0n) expect(selectFees(DEFAULT_FEE_CONFIG, marketCap, true)).toEqual(fees);
    }
    const known = Object.entries(expected).filter(([, value]) => value !== null);
    expect(known.length).toBeGreaterThan(2);
    expect(quoted).toMatchObject(Object.fromEntries(known));
  });

  test("all eight were there", () => expect(vectors).toHaveLength(8));

  test.each([
    ["raw_create_tx_from_gettransaction.json", 3_000_000_000n, "buy_exact_sol_in"],
    ["raw_create_tx_from_blocksubscribe.json", null, "buy"],
    ["2025-pumpfun-create-token.json", null, "buy"],
  ])("the first curve trade of %s", (file, spent, _instruction) => {
    const tx = parseTransaction(json(`transactions/${file}`));
    if (!tx.ok) throw new Error(tx.reason);
    const trade = decodeTransaction(tx.value).find(({ name }) => name === "Trade")?.fields ?? {};
    const field = (name: string) => BigInt(String(trade[name]));
    const creatorBps = field("creator_fee_basis_points") + field("cashback_fee_basis_points");
    const fees = { lpBps: 0n, protocolBps: field("fee_basis_points"), creatorBps };
    const curve = newBondingCurve(WSOL_MINT);
    const quoted =
      spent === null ? quoteCurveBuyExactTokens(curve, field("token_amount"), fees) : quoteCurveBuyExactQuoteIn(curve, spent, fees);
    expect(expectQuote(quoted)).toMatchObject({
      tokenAmount: field("token_amount"),
      quoteAmountLamports: field("sol_amount"),
      protocolFeeLamports: field("fee"),
      creatorFeeLamports: field("creator_fee") + field("cashback"),
    });
    if (!file.startsWith("2025")) expect(fees).toEqual(DEFAULT_CURVE_FEES);
  });
});

function expectQuote(result: Result<object>): Record<string, unknown> {
  if (!result.ok) throw new Error(result.reason);
  return { ...result.value };
}

describe.skipIf(!present)("recorded accounts", () => {
  test("a pool of 2026-09-20 decodes as the chain decoded it and encodes to the same bytes", () => {
    const recording = json<{ pool: string; pool_account_base64: string; pool_decoded: Record<string, string | number | boolean> }>(
      "transactions/pumpswap-buy-sell-account-lists-2026-09-20.json",
    );
    const data = bytes(recording.pool_account_base64);
    const decoded = decodePool(data);
    if (!decoded.ok) throw new Error(decoded.reason);
    const pool = decoded.value;
    expect({
      pool_bump: pool.poolBump,
      index: pool.index,
      creator: pool.creator,
      base_mint: pool.baseMint,
      quote_mint: pool.quoteMint,
      lp_mint: pool.lpMint,
      pool_base_token_account: pool.poolBaseTokenAccount,
      pool_quote_token_account: pool.poolQuoteTokenAccount,
      lp_supply: Number(pool.lpSupply),
      coin_creator: pool.coinCreator,
      is_mayhem_mode: pool.isMayhemMode,
      is_cashback_coin: pool.isCashbackCoin,
      virtual_quote_reserves: Number(pool.virtualQuoteReservesLamports),
    }).toEqual(recording.pool_decoded);
    expect(encodePool(pool)).toEqual(data);
    expect(isCanonicalPool(pool)).toBe(true);
    expect(pdas.canonicalPoolAddress(pool.baseMint)).toBe(recording.pool);
    expect(poolReserves(pool, 1n, 2n)).toEqual({ baseReserves: 1n, quoteReservesLamports: 17_584_505_291n, quoteVaultLamports: 2n });
  });

  test.each(["mayhem", "cashback", "normal", "untouched", "completed"])("the %s bonding curve", (which) => {
    const all = json<Record<string, { mint: string; bondingCurve: string; dataB64: string; space: number }>>(
      "accounts/bonding-curve-classes.json",
    );
    const recorded = all[which];
    if (recorded === undefined) throw new Error("missing");
    expect(pdas.bondingCurveAddress(recorded.mint)).toBe(recorded.bondingCurve);
    const data = bytes(recorded.dataB64);
    expect(data).toHaveLength(recorded.space);
    const decoded = decodeBondingCurve(data);
    if (!decoded.ok) throw new Error(decoded.reason);
    const curve = decoded.value;
    expect([curve.isMayhemMode, curve.isCashbackCoin, curve.complete]).toEqual([
      which === "mayhem",
      which === "cashback",
      which === "completed",
    ]);
    expect([curve.quoteMint, curve.tokenTotalSupply]).toEqual([WSOL_MINT, 10n ** 15n]);
    expect(encodeBondingCurve(curve).subarray(0, data.length)).toEqual(data);
  });

  test("the fee configurations hold the tiers that were published, and our defaults are PumpSwap's", () => {
    type Published = { market_cap_lamports_threshold: number; fees: Record<"lp_fee_bps" | "protocol_fee_bps" | "creator_fee_bps", number> };
    const published =
      json<Record<"pumpswap" | "bonding_curve", { fee_tiers: Published[]; stable_fee_tiers: Published[] }>>("idl/fee-tiers-decoded.json");
    const tiers = (list: Published[]): FeeTier[] =>
      list.map(({ market_cap_lamports_threshold, fees }) => ({
        marketCapThreshold: BigInt(market_cap_lamports_threshold),
        fees: { lpBps: BigInt(fees.lp_fee_bps), protocolBps: BigInt(fees.protocol_fee_bps), creatorBps: BigInt(fees.creator_fee_bps) },
      }));
    for (const [file, name, address] of [
      ["amm_fee_config", "pumpswap", PUMP_SWAP_FEE_CONFIG],
      ["fee_config", "bonding_curve", PUMP_FEE_CONFIG],
    ] as const) {
      const { account, pubkey } = json<{ account: { data: [string, string] }; pubkey: string }>(`accounts/${file}.json`);
      expect(pubkey).toBe(address);
      const decoded = decodeFeeConfig(bytes(account.data[0]));
      if (!decoded.ok) throw new Error(decoded.reason);
      expect(decoded.value.feeTiers).toEqual(tiers(published[name].fee_tiers));
      expect(decoded.value.stableFeeTiers).toEqual(tiers(published[name].stable_fee_tiers));
      const defaults = name === "pumpswap" ? DEFAULT_FEE_CONFIG : DEFAULT_CURVE_FEE_CONFIG;
      for (const part of ["feeTiers", "stableFeeTiers", "exoticFlatFees"] as const) expect(decoded.value[part]).toEqual(defaults[part]);
      if (name === "pumpswap") expect(decoded.value.flatFees).toEqual(DEFAULT_FEE_CONFIG.flatFees);
    }
    for (const { label, dataBase64 } of json<Array<{ label: string; dataBase64: string }>>("accounts/pump-accounts-2026-06.json")) {
      if (label.endsWith("fee-config")) expect([label, decodeFeeConfig(bytes(dataBase64)).ok]).toEqual([label, true]);
    }
  });
});

describe.skipIf(!present)("recorded account lists", () => {
  interface Listed {
    readonly key: string;
    readonly idl_name: string;
  }

  test("every derived address of a migrate_v2", () => {
    const { accounts } = json<{ accounts: Listed[] }>("transactions/migrate_v2-accounts-datadog.json");
    const at = (name: string) => accounts.find(({ idl_name }) => idl_name === name)?.key ?? "";
    const [mint, pool, curve, authority] = [at("base_mint"), at("pool"), at("bonding_curve"), at("pool_authority")];
    expect(accounts).toHaveLength(29);
    expect({
      curve: pdas.bondingCurveAddress(mint),
      curveBase: associatedTokenAddress(curve, mint, TOKEN_2022_PROGRAM),
      curveQuote: associatedTokenAddress(curve, WSOL_MINT, TOKEN_PROGRAM),
      authority: pdas.poolAuthorityAddress(mint),
      pool: pdas.canonicalPoolAddress(mint),
      lp: pdas.lpMintAddress(pool),
      lpHolder: pdas.poolAuthorityLpAddress(mint, pool),
      authorityBase: associatedTokenAddress(authority, mint, TOKEN_2022_PROGRAM),
      authorityQuote: associatedTokenAddress(authority, WSOL_MINT, TOKEN_PROGRAM),
      baseVault: associatedTokenAddress(pool, mint, TOKEN_2022_PROGRAM),
      quoteVault: associatedTokenAddress(pool, WSOL_MINT, TOKEN_PROGRAM),
      boost: pdas.boostVaultAddress(pool),
      boostVault: associatedTokenAddress(pdas.boostVaultAddress(pool), WSOL_MINT, TOKEN_PROGRAM),
    }).toEqual({
      curve,
      curveBase: at("associated_base_bonding_curve"),
      curveQuote: at("associated_quote_bonding_curve"),
      authority,
      pool,
      lp: at("lp_mint"),
      lpHolder: at("user_pool_token_account"),
      authorityBase: at("pool_authority_mint_account"),
      authorityQuote: at("pool_authority_quote_account"),
      baseVault: at("pool_base_token_account"),
      quoteVault: at("pool_quote_token_account"),
      boost: at("boost_vault_authority"),
      boostVault: at("boost_vault_ata"),
    });
  });

  test.each(["buy", "sell"] as const)("every derived address of a PumpSwap %s of 2026-09-20, and its data", (side) => {
    const recording = json<
      Record<string, { accounts: Listed[]; data_hex: string; args: Record<string, number> }> & { pool_account_base64: string }
    >("transactions/pumpswap-buy-sell-account-lists-2026-09-20.json");
    const pool = decodePool(bytes(recording.pool_account_base64));
    const trade = recording[side];
    if (!pool.ok || trade === undefined) throw new Error("missing");
    const at = (name: string) => trade.accounts.find(({ idl_name }) => idl_name === name)?.key ?? "";
    const authority = pdas.creatorVaultAuthorityAddress(pool.value.coinCreator);
    const derived: Record<string, string> = {
      coin_creator_vault_authority: authority,
      coin_creator_vault_ata: associatedTokenAddress(authority, WSOL_MINT, TOKEN_PROGRAM),
      user_base_token_account: associatedTokenAddress(at("user"), pool.value.baseMint, TOKEN_2022_PROGRAM),
      user_quote_token_account: associatedTokenAddress(at("user"), WSOL_MINT, TOKEN_PROGRAM),
      protocol_fee_recipient_token_account: associatedTokenAddress(at("protocol_fee_recipient"), WSOL_MINT, TOKEN_PROGRAM),
      "REMAINING:pool_v2": pdas.poolV2Address(pool.value.baseMint),
      "REMAINING:buyback_fee_recipient_quote_ata": associatedTokenAddress(at("REMAINING:buyback_fee_recipient"), WSOL_MINT, TOKEN_PROGRAM),
      fee_config: PUMP_SWAP_FEE_CONFIG,
    };
    if (side === "buy") {
      derived["global_volume_accumulator"] = pdas.globalVolumeAccumulatorAddress();
      derived["user_volume_accumulator"] = pdas.userVolumeAccumulatorAddress(at("user"));
    }
    expect(trade.accounts).toHaveLength(side === "buy" ? 26 : 24);
    expect(Object.fromEntries(Object.keys(derived).map((name) => [name, at(name)]))).toEqual(derived);
    expect(fromHex(trade.data_hex)).toHaveLength(25 - (side === "buy" ? 0 : 1));
  });
});
