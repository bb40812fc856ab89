import { associatedTokenAddress } from "../solana/address.ts";
import { encodeBase58 } from "../solana/base58.ts";
import { compileMessage } from "../solana/build-message.ts";
import * as native from "../solana/instructions.ts";
import { DEFAULT_ADDRESS, TOKEN_2022_PROGRAM, TOKEN_PROGRAM, WSOL_MINT } from "../solana/programs.ts";
import type { Address } from "../units.ts";
import { pumpBuy, pumpBuyExactSolIn, pumpSell, pumpSwapBuyExactQuoteIn, pumpSwapSell } from "../venues/instructions.ts";
import { canonicalPoolAddress } from "../venues/pdas.ts";
import { curveTradeAccounts, poolTradeAccounts } from "../venues/trade-accounts.ts";
import { HELIUS_TIP_ACCOUNTS } from "./tip-accounts.ts";
import type { SignerPolicy } from "./types.ts";

/** A made-up address: 32 bytes that start with a number and are otherwise the same. */
export function sampleAddress(n: number): Address {
  return encodeBase58(Uint8Array.from({ length: 32 }, (_, i) => (i < 2 ? (n >> (8 * i)) & 0xff : 7 + i)));
}

export const SAMPLE_WALLET = sampleAddress(1);
export const SAMPLE_SWEEP = sampleAddress(2);
export const SAMPLE_BLOCKHASH = sampleAddress(3);

export const SAMPLE_POLICY: SignerPolicy = {
  network: "localnet",
  maxSpendPerTxLamports: 1_000_000_000n,
  maxFeePerTxLamports: 5_000_000n,
  entryHourLamports: 5_000_000_000n,
  entryDayLamports: 20_000_000_000n,
  entrySignaturesPerHour: 30,
  entrySignaturesPerDay: 120,
  exitHourLamports: 750_000_000n,
  exitDayLamports: 1_500_000_000n,
  exitSignaturesPerHour: 600,
  exitSignaturesPerDay: 5_000,
  sweepAddress: SAMPLE_SWEEP,
  sweepAboveLamports: 10_000_000_000n,
  tipAccounts: HELIUS_TIP_ACCOUNTS,
};

/** What a sample message is about; every field has a plain value. */
export interface SampleOptions {
  readonly wallet: Address;
  readonly mint: Address;
  readonly tokenProgram: Address;
  readonly coinCreator: Address;
  readonly cashback: boolean;
  readonly quoteLamports: bigint;
  readonly base: bigint;
  readonly unitLimit: number;
  readonly unitPrice: bigint;
  readonly tipLamports: bigint | null;
  readonly tipAccount: Address;
  readonly sweepAddress: Address;
}

const PLAIN: SampleOptions = {
  wallet: SAMPLE_WALLET,
  mint: sampleAddress(10),
  tokenProgram: TOKEN_2022_PROGRAM,
  coinCreator: sampleAddress(11),
  cashback: false,
  quoteLamports: 500_000_000n,
  base: 1_000_000_000n,
  unitLimit: 250_000,
  unitPrice: 400_000n,
  tipLamports: null,
  tipAccount: HELIUS_TIP_ACCOUNTS[0] ?? DEFAULT_ADDRESS,
  sweepAddress: SAMPLE_SWEEP,
};

const RECIPIENTS = { protocolFeeRecipient: sampleAddress(12), buybackFeeRecipient: sampleAddress(13) };

export type SampleKind = "pool-buy" | "pool-sell" | "curve-buy" | "curve-buy-exact-in" | "curve-sell" | "sweep" | "close";
export const SAMPLE_KINDS: readonly SampleKind[] = [
  "pool-buy",
  "pool-sell",
  "curve-buy",
  "curve-buy-exact-in",
  "curve-sell",
  "sweep",
  "close",
];

/** Instructions of a message that the policy allows, as the engine builds them. */
export function sampleInstructions(kind: SampleKind, overrides: Partial<SampleOptions> = {}): native.BuiltInstruction[] {
  const options = { ...PLAIN, ...overrides };
  const { unitLimit, unitPrice, wallet, tipLamports, tipAccount } = options;
  const tip = tipLamports === null || kind === "sweep" || kind === "close" ? [] : [native.systemTransfer(wallet, tipAccount, tipLamports)];
  return [native.setComputeUnitLimit(unitLimit), native.setComputeUnitPrice(unitPrice), ...steps(kind, options), ...tip];
}

/** The same, compiled. */
export function sampleMessage(kind: SampleKind, overrides: Partial<SampleOptions> = {}): Uint8Array {
  const payer = overrides.wallet ?? PLAIN.wallet;
  return compileMessage({ payer, instructions: sampleInstructions(kind, overrides), blockhash: SAMPLE_BLOCKHASH });
}

function steps(kind: SampleKind, options: SampleOptions): native.BuiltInstruction[] {
  const { wallet, mint, tokenProgram, quoteLamports, base } = options;
  const wsolAccount = kept(`${wallet} wsol`, () => associatedTokenAddress(wallet, WSOL_MINT, TOKEN_PROGRAM));
  const baseAccount = kept(`${wallet} ${mint} ${tokenProgram}`, () => associatedTokenAddress(wallet, mint, tokenProgram));
  const create = native.createAssociatedToken({ payer: wallet, account: baseAccount, owner: wallet, mint, tokenProgram });
  const wsol = { payer: wallet, account: wsolAccount, owner: wallet, mint: WSOL_MINT, tokenProgram: TOKEN_PROGRAM };
  const ensureWsol = native.createAssociatedTokenIdempotent(wsol);
  const closeWsol = native.closeAccount(wsolAccount, wallet, wallet, TOKEN_PROGRAM);
  const closeBase = native.closeAccount(baseAccount, wallet, wallet, tokenProgram);
  switch (kind) {
    case "pool-buy": {
      const buy = pumpSwapBuyExactQuoteIn(keptPoolAccounts(options), { spendableQuoteIn: quoteLamports, minBaseAmountOut: base });
      const wrap = native.systemTransfer(wallet, wsolAccount, quoteLamports);
      return [create, ensureWsol, wrap, native.syncNative(wsolAccount), buy, closeWsol];
    }
    case "pool-sell": {
      const sell = pumpSwapSell(keptPoolAccounts(options), { baseAmountIn: base, minQuoteAmountOut: quoteLamports });
      return [ensureWsol, sell, closeBase, closeWsol];
    }
    case "curve-buy":
      return [create, pumpBuy(curveAccounts(options), { tokenAmount: base, maxSolCost: quoteLamports })];
    case "curve-buy-exact-in":
      return [create, pumpBuyExactSolIn(curveAccounts(options), { spendableSolIn: quoteLamports, minTokensOut: base })];
    case "curve-sell":
      return [pumpSell(curveAccounts(options), { tokenAmount: base, minSolOutput: quoteLamports }), closeBase];
    case "sweep":
      return [native.systemTransfer(wallet, options.sweepAddress, quoteLamports)];
    case "close":
      return [closeBase, closeWsol];
  }
}

const keptValues = new Map<string, unknown>();

/** Derived once and kept, as the engine does when it assesses a coin. */
function kept<T>(key: string, derive: () => T): T {
  if (!keptValues.has(key)) keptValues.set(key, derive());
  return keptValues.get(key) as T;
}

function keptPoolAccounts(options: SampleOptions) {
  const { wallet, mint, tokenProgram, coinCreator, cashback } = options;
  return kept([wallet, mint, tokenProgram, coinCreator, cashback].join(), () => poolAccounts(options));
}

function poolAccounts({ wallet, mint, tokenProgram, coinCreator, cashback }: SampleOptions) {
  const pool = canonicalPoolAddress(mint);
  const state = {
    baseMint: mint,
    quoteMint: WSOL_MINT,
    poolBaseTokenAccount: associatedTokenAddress(pool, mint, tokenProgram),
    poolQuoteTokenAccount: associatedTokenAddress(pool, WSOL_MINT, TOKEN_PROGRAM),
    coinCreator,
    isCashbackCoin: cashback,
  };
  return poolTradeAccounts({ pool, state, user: wallet, baseTokenProgram: tokenProgram, recipients: RECIPIENTS });
}

function curveAccounts({ wallet, mint, tokenProgram, coinCreator, cashback }: SampleOptions) {
  const state = { creator: coinCreator, isCashbackCoin: cashback, quoteMint: DEFAULT_ADDRESS };
  return curveTradeAccounts({ mint, state, user: wallet, tokenProgram, recipients: RECIPIENTS });
}
