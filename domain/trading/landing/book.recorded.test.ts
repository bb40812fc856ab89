import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { decodeTransaction } from "../../solana/decode.ts";
import { unwrapTransactions } from "../../solana/envelope.ts";
import { DEFAULT_ADDRESS, SYSTEM_PROGRAM, WSOL_MINT } from "../../solana/programs.ts";
import type { ChainTransaction } from "../../solana/transaction.ts";
import type { FeeConfig } from "../../venues/fee-config.ts";
import type { TradeBasis } from "./basis.ts";
import { bookTrade } from "./book.ts";
import { type ConfirmedTransaction, parseConfirmed } from "./confirmed.ts";
import type { Prepared } from "./intent.ts";
import { networkFeeLamports } from "./trade.ts";

const FIXTURES = decodeURIComponent(new URL("../../../../shared/fixtures/transactions/", import.meta.url).pathname);
const isHere = existsSync(FIXTURES);
if (!isHere) console.warn("SKIPPED: ../shared/fixtures/transactions is missing, so no recorded mainnet trade is booked");

/** A recorded trade with the fields of its own event. */
function recorded(file: string, name: "Buy" | "Trade") {
  const confirmed = parseConfirmed(unwrapTransactions(JSON.parse(readFileSync(FIXTURES + file, "utf8")))[0]);
  if (!confirmed.ok) throw new Error(`${confirmed.reason} ${confirmed.detail}`);
  const event = decodeTransaction(confirmed.value.transaction).find((one) => one.name === name);
  if (event === undefined) throw new Error("no event");
  const text = (field: string) => String(event.fields[field]);
  return { confirmed: confirmed.value, text, lamports: (field: string) => BigInt(text(field)) };
}

function prepared({ feeLamports }: ConfirmedTransaction, amountIn: bigint, tipLamports: bigint, basis: TradeBasis): Prepared {
  const predicted = {
    baseAmount: "",
    quoteLamports: "",
    venueFeeLamports: "",
    networkFeeLamports: "",
    tipLamports: "",
    rentLamports: "",
    otherRentLamports: "",
  };
  return {
    preparedAtMs: 0,
    messageBase64: "",
    lastValidBlockHeight: 0,
    computeUnitLimit: 0,
    priorityFeeLamports: feeLamports - networkFeeLamports(0n),
    tipLamports,
    amountIn,
    minOut: 1n,
    basis,
    predicted,
  };
}

/** Lamports of the wallet's first plain transfer: in these recordings a relay's tip. */
function tipOf({ instructions }: ChainTransaction): bigint {
  const transfer = instructions.find(({ programId, data }) => programId === SYSTEM_PROGRAM && data[0] === 2);
  return transfer === undefined ? 0n : new DataView(transfer.data.buffer, transfer.data.byteOffset).getBigUint64(4, true);
}

describe.skipIf(!isHere)("recorded mainnet trades", () => {
  test("a buy_exact_quote_in of September 2026 in a boosted pool books as computed, to the lamport", () => {
    const { confirmed, text, lamports } = recorded("pumpswap-buy_exact_quote_in-2026-09-25.json", "Buy");
    const fees = {
      lpBps: lamports("lp_fee_basis_points"),
      protocolBps: lamports("protocol_fee_basis_points"),
      creatorBps: lamports("coin_creator_fee_basis_points"),
    };
    const { transaction } = confirmed;
    const vaults = transaction.preTokenBalances.filter(({ owner }) => owner === text("pool"));
    const mint = vaults.find((vault) => vault.mint !== WSOL_MINT)?.mint ?? "";
    const feeConfig: FeeConfig = {
      bump: 0,
      admin: DEFAULT_ADDRESS,
      flatFees: fees,
      feeTiers: [],
      stableFeeTiers: [],
      exoticFlatFees: fees,
    };
    const basis: TradeBasis = {
      venue: "pool",
      wallet: text("user"),
      baseAccount: text("user_base_token_account"),
      baseRentLamports: transaction.preBalances[transaction.accountKeys.indexOf(text("user_base_token_account"))] ?? 0n,
      closesBase: false,
      creatables: [],
      poolAddress: text("pool"),
      pool: {
        poolBump: 0,
        index: 0,
        creator: DEFAULT_ADDRESS,
        baseMint: mint,
        quoteMint: WSOL_MINT,
        lpMint: DEFAULT_ADDRESS,
        poolBaseTokenAccount: vaults.find((vault) => vault.mint === mint)?.account ?? "",
        poolQuoteTokenAccount: vaults.find((vault) => vault.mint === WSOL_MINT)?.account ?? "",
        lpSupply: 0n,
        coinCreator: text("coin_creator"),
        isMayhemMode: false,
        isCashbackCoin: false,
        virtualQuoteReservesLamports: lamports("virtual_quote_reserves"),
        creatorFeeBps: 0n,
        canEditCreatorFee: false,
      },
      feeConfig,
      supply: lamports("base_supply"),
      creatorFeeConfigurable: true,
      quoteAccount: text("user_quote_token_account"),
    };
    const booked = bookTrade("buy", prepared(confirmed, 184_152n, 0n, basis), confirmed);
    if (!booked.ok) throw new Error(booked.reason);
    expect(booked.value.differences).toEqual([]);
    expect(booked.value.actual).toMatchObject({
      baseAmount: "42777510",
      quoteLamports: "184152",
      venueFeeLamports: `${365 + 92 + 1_458}`,
      networkFeeLamports: confirmed.feeLamports.toString(),
      rentLamports: "0",
    });
    expect(booked.value.market).toMatchObject({
      baseReserves: 64_291_561_735_291n - 42_777_510n,
      quoteReservesLamports: 256_303_084_848n + 17_584_505_288n + 182_602n,
    });
    // A program that charged one lamport more would be found.
    const dearer = { ...basis, feeConfig: { ...feeConfig, flatFees: { ...fees, protocolBps: fees.protocolBps + 1n } } };
    const other = bookTrade("buy", prepared(confirmed, 184_152n, 0n, dearer), confirmed);
    expect(other.ok && other.value.differences.join()).toMatch(/baseAmount .*venueFeeLamports/);
  });

  test("a sale on the curve of June 2025 with a relay's tip books as computed, to the lamport", () => {
    const { confirmed, text, lamports } = recorded("2025-pumpfun-trade.json", "Trade");
    const fees = { lpBps: 0n, protocolBps: lamports("fee_basis_points"), creatorBps: lamports("creator_fee_basis_points") };
    const { transaction } = confirmed;
    const basis: TradeBasis = {
      venue: "curve",
      wallet: text("user"),
      baseAccount: transaction.preTokenBalances.find(({ owner }) => owner === text("user"))?.account ?? "",
      baseRentLamports: 0n,
      closesBase: false,
      creatables: [],
      curveAddress: "",
      fees,
    };
    const booked = bookTrade("sell", prepared(confirmed, lamports("token_amount"), tipOf(transaction), basis), confirmed);
    if (!booked.ok) throw new Error(`${booked.reason} ${booked.detail}`);
    expect(booked.value.differences).toEqual([]);
    expect(booked.value.actual).toMatchObject({
      baseAmount: "947132252233",
      quoteLamports: `${62_636_785 - 595_050 - 31_319}`,
      venueFeeLamports: `${595_050 + 31_319}`,
      rentLamports: "0",
    });
  });
});
