import { existsSync, readFileSync } from "node:fs";
import { type Global, PUMP_SDK } from "@pump-fun/pump-sdk";
import { describe, expect, test } from "vitest";
import { associatedTokenAddress } from "../solana/address.ts";
import { decodeBase64 } from "../solana/base64.ts";
import { toHex } from "../solana/bytes.ts";
import { decodeTransaction } from "../solana/decode.ts";
import { INSTRUCTION_DISCRIMINATOR } from "../solana/discriminators.ts";
import type { BuiltInstruction } from "../solana/instructions.ts";
import { PUMP_PROGRAM, PUMP_SWAP_PROGRAM, TOKEN_2022_PROGRAM, TOKEN_PROGRAM, WSOL_MINT } from "../solana/programs.ts";
import { parseTransaction } from "../solana/transaction.ts";
import type { Address } from "../units.ts";
import { curveFeeRecipients, decodePumpGlobal, decodePumpSwapGlobalConfig, poolFeeRecipients } from "./global.ts";
import { pumpBuy, pumpBuyExactSolIn, pumpBuyV2, pumpSwapBuy, pumpSwapBuyExactQuoteIn, pumpSwapSell } from "./instructions.ts";
import { accountInfo, bn, key, sdkCurve } from "./parity-oracle.ts";
import { newBondingCurve } from "./pump-curve.ts";
import { decodePool } from "./pump-swap.ts";
import { curveTradeAccounts, curveV2TradeAccounts, poolTradeAccounts } from "./trade-accounts.ts";

const FIXTURES = decodeURIComponent(new URL("../../../shared/fixtures/", import.meta.url).pathname);
const present = existsSync(FIXTURES);
if (!present) console.warn("SKIPPED: recorded trades and global accounts, ../shared/fixtures is missing");

function json<T>(path: string): T {
  return JSON.parse(readFileSync(FIXTURES + path, "utf8")) as T;
}

function bytes(base64: string): Uint8Array {
  const decoded = decodeBase64(base64);
  if (decoded === null) throw new Error("not base64");
  return decoded;
}

function u64(data: Uint8Array, offset: number): bigint {
  return new DataView(data.buffer, data.byteOffset).getBigUint64(offset, true);
}

interface Recorded {
  readonly accounts: readonly Address[];
  readonly data: Uint8Array;
  /** Fields of the event that the trade emitted. */
  readonly event: Readonly<Record<string, unknown>>;
  readonly first: bigint;
  readonly second: bigint;
}

/** The instruction of a program with a discriminator in a recorded transaction, wherever it stands. */
function recordedTrade(file: string, program: Address, discriminator: string, eventName: string): Recorded {
  const tx = parseTransaction(json(`transactions/${file}`));
  if (!tx.ok) throw new Error(tx.reason);
  const found = tx.value.instructions
    .flatMap((top) => [top, ...top.inner])
    .find(({ programId, data }) => programId === program && toHex(data).startsWith(discriminator));
  const event = decodeTransaction(tx.value).find(({ name }) => name === eventName);
  if (found === undefined || event === undefined) throw new Error("no trade");
  return { ...found, event: event.fields, first: u64(found.data, 8), second: u64(found.data, 16) };
}

/** Traders may leave out the last argument (track_volume) and add accounts of their own after the program's. */
function expectSame(ours: BuiltInstruction, recorded: Pick<Recorded, "accounts" | "data">): void {
  expect(ours.accounts.map(({ address }) => address)).toEqual(recorded.accounts);
  expect(toHex(ours.data).slice(0, 2 * 24)).toBe(toHex(recorded.data).slice(0, 2 * 24));
  expect(ours.data.length - recorded.data.length === 0 || recorded.data.length === 24).toBe(true);
}

describe.skipIf(!present)("the trades that others landed are the trades that we build", () => {
  interface Listed {
    readonly key: string;
    readonly writable: boolean;
    readonly signer: boolean;
  }
  test.each(["buy", "sell"] as const)("PumpSwap %s of 2026-09-20", (side) => {
    const recording = json<
      Record<"buy" | "sell", { accounts: Listed[]; data_hex: string }> & { pool: string; pool_account_base64: string }
    >("transactions/pumpswap-buy-sell-account-lists-2026-09-20.json");
    const pool = decodePool(bytes(recording.pool_account_base64));
    if (!pool.ok) throw new Error(pool.reason);
    const { accounts: listed, data_hex: data } = recording[side];
    const at = (index: number) => listed.at(index)?.key ?? "";
    const accounts = poolTradeAccounts({
      pool: recording.pool,
      state: pool.value,
      user: at(1),
      baseTokenProgram: TOKEN_2022_PROGRAM,
      recipients: { protocolFeeRecipient: at(9), buybackFeeRecipient: at(-2) },
    });
    const wire = Uint8Array.from(data.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
    const [first, second] = [u64(wire, 8), u64(wire, 16)];
    const ours =
      side === "buy"
        ? pumpSwapBuy(accounts, { baseAmountOut: first, maxQuoteAmountIn: second })
        : pumpSwapSell(accounts, { baseAmountIn: first, minQuoteAmountOut: second });
    expectSame(ours, { accounts: listed.map(({ key }) => key), data: wire });
    // On the wire an account has the strongest role that any instruction of its transaction gives it.
    for (const [i, { writable, signer }] of listed.entries()) {
      const role = ours.accounts[i]?.role ?? 0;
      expect([i, role % 2 === 1 && !writable, role >= 2 && !signer]).toEqual([i, false, false]);
    }
  });

  test("PumpSwap buy_exact_quote_in of 2026-09-25", () => {
    const file = "pumpswap-buy_exact_quote_in-2026-09-25.json";
    const recorded = recordedTrade(file, PUMP_SWAP_PROGRAM, INSTRUCTION_DISCRIMINATOR.buyExactQuoteIn, "Buy");
    const { accounts: listed, event, first, second } = recorded;
    const at = (index: number) => listed.at(index) ?? "";
    const [pool, baseMint, baseTokenProgram] = [String(event["pool"]), at(3), at(11)];
    const accounts = poolTradeAccounts({
      pool,
      state: {
        baseMint,
        quoteMint: WSOL_MINT,
        poolBaseTokenAccount: associatedTokenAddress(pool, baseMint, baseTokenProgram),
        poolQuoteTokenAccount: associatedTokenAddress(pool, WSOL_MINT, TOKEN_PROGRAM),
        coinCreator: String(event["coin_creator"]),
        isCashbackCoin: event["cashback_fee_basis_points"] !== "0",
      },
      user: String(event["user"]),
      baseTokenProgram,
      recipients: { protocolFeeRecipient: String(event["protocol_fee_recipient"]), buybackFeeRecipient: at(-2) },
    });
    expectSame(pumpSwapBuyExactQuoteIn(accounts, { spendableQuoteIn: first, minBaseAmountOut: second }), recorded);
  });

  test.each([
    ["buy", "raw_create_tx_from_blocksubscribe.json", INSTRUCTION_DISCRIMINATOR.buy],
    ["buy_exact_sol_in", "raw_create_tx_from_gettransaction.json", INSTRUCTION_DISCRIMINATOR.buyExactSolIn],
    ["buy_v2", "raw_buy_tx_from_gettransaction.json", INSTRUCTION_DISCRIMINATOR.buyV2],
  ] as const)("pump %s of July 2026", (kind, file, discriminator) => {
    const recorded = recordedTrade(file, PUMP_PROGRAM, discriminator, "Trade");
    const { event, accounts: listed, first, second } = recorded;
    const isV2 = kind === "buy_v2";
    const at = (index: number) => listed.at(index) ?? "";
    const parties = {
      mint: String(event["mint"]),
      state: {
        creator: String(event["creator"]),
        isCashbackCoin: event["cashback_fee_basis_points"] !== "0",
        quoteMint: isV2 ? String(event["quote_mint"]) : WSOL_MINT,
      },
      user: String(event["user"]),
      tokenProgram: isV2 ? at(3) : at(8),
      recipients: { protocolFeeRecipient: String(event["fee_recipient"]), buybackFeeRecipient: at(isV2 ? 8 : -1) },
    };
    const ours = {
      buy: () => pumpBuy(curveTradeAccounts(parties), { tokenAmount: first, maxSolCost: second }),
      buy_exact_sol_in: () => pumpBuyExactSolIn(curveTradeAccounts(parties), { spendableSolIn: first, minTokensOut: second }),
      buy_v2: () => pumpBuyV2(curveV2TradeAccounts(parties), { tokenAmount: first, maxQuoteCost: second }),
    }[kind]();
    expectSame(ours, recorded);
  });
});

describe.skipIf(!present)("recorded global accounts", () => {
  test("the receivers that recorded trades paid are in the lists of October 2026", () => {
    const global = decodePumpGlobal(bytes(json<{ account: { data: [string] } }>("accounts/global.json").account.data[0]));
    const config = decodePumpSwapGlobalConfig(
      bytes(json<{ account: { data: [string] } }>("accounts/amm_global_config.json").account.data[0]),
    );
    if (!global.ok || !config.ok) throw new Error("not decoded");
    const swap = recordedTrade(
      "pumpswap-buy_exact_quote_in-2026-09-25.json",
      PUMP_SWAP_PROGRAM,
      INSTRUCTION_DISCRIMINATOR.buyExactQuoteIn,
      "Buy",
    );
    expect(poolFeeRecipients(config.value, false)).toContain(swap.accounts[9]);
    expect(config.value.buybackFeeRecipients).toContain(swap.accounts.at(-2));
    const curve = recordedTrade("raw_create_tx_from_blocksubscribe.json", PUMP_PROGRAM, INSTRUCTION_DISCRIMINATOR.buy, "Trade");
    expect(curveFeeRecipients(global.value, false)).toContain(curve.accounts[1]);
    expect(global.value.buybackFeeRecipients).toContain(curve.accounts.at(-1));
    expect([global.value.creatorFeeConfigurable, config.value.creatorFeeConfigurable, config.value.disableFlags]).toEqual([true, true, 0]);
    expect([global.value.initialVirtualTokenReserves, global.value.poolMigrationFeeLamports]).toEqual([
      1_073_000_000_000_000n,
      15_000_001n,
    ]);
  });

  test("the official SDK's fixed list of buyback receivers is Global's", async () => {
    const global = decodePumpGlobal(bytes(json<{ account: { data: [string] } }>("accounts/global.json").account.data[0]));
    if (!global.ok) throw new Error(global.reason);
    const any = key(WSOL_MINT);
    for (let i = 0; i < 8; i++) {
      const sell = await PUMP_SDK.sellInstructions({
        global: { feeRecipient: any, feeRecipients: [] } as Partial<Global> as Global,
        bondingCurveAccountInfo: accountInfo(new Uint8Array(), WSOL_MINT),
        bondingCurve: sdkCurve(newBondingCurve(WSOL_MINT)),
        mint: any,
        user: any,
        amount: bn(1n),
        solAmount: bn(1n),
        slippage: 0,
        tokenProgram: any,
        mayhemMode: false,
      });
      expect(global.value.buybackFeeRecipients).toContain(sell[0]?.keys.at(-1)?.pubkey.toBase58());
    }
  });

  test("the accounts of June 2026, smaller, decode too", () => {
    const all = json<Array<{ label: string; dataBase64: string }>>("accounts/pump-accounts-2026-06.json");
    const data = (label: string) => bytes(all.find((account) => account.label === label)?.dataBase64 ?? "");
    expect(decodePumpGlobal(data("pump-global"))).toMatchObject({
      ok: true,
      value: { creatorFeeConfigurable: false, buybackBasisPoints: 5_000n },
    });
    expect(decodePumpSwapGlobalConfig(data("amm-global-config"))).toMatchObject({
      ok: true,
      value: { creatorFeeConfigurable: false, boostEnabled: false, buybackBasisPoints: 5_000n },
    });
  });
});
