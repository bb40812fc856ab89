import type { AccountMeta } from "@solana/kit";
import { ByteWriter, fromHex } from "../solana/bytes.ts";
import { INSTRUCTION_DISCRIMINATOR } from "../solana/discriminators.ts";
import { type BuiltInstruction, instruction, readonly, writable, writableSigner } from "../solana/instructions.ts";
import {
  ATA_PROGRAM,
  PUMP_EVENT_AUTHORITY,
  PUMP_FEE_CONFIG,
  PUMP_FEES_PROGRAM,
  PUMP_GLOBAL,
  PUMP_GLOBAL_VOLUME_ACCUMULATOR,
  PUMP_PROGRAM,
  PUMP_SWAP_EVENT_AUTHORITY,
  PUMP_SWAP_FEE_CONFIG,
  PUMP_SWAP_GLOBAL_CONFIG,
  PUMP_SWAP_GLOBAL_VOLUME_ACCUMULATOR,
  PUMP_SWAP_PROGRAM,
  SYSTEM_PROGRAM,
} from "../solana/programs.ts";
import type { CurveTradeAccounts, CurveV2TradeAccounts, PoolTradeAccounts } from "./trade-accounts.ts";

/**
 * Trades of pump and PumpSwap, account for account and byte for byte as the official SDKs build
 * them (@pump-fun/pump-sdk 2.0.0, @pump-fun/pump-swap-sdk 1.20.0). Amounts are base units; what a
 * buy may cost at most includes its fees, what a sale must bring at least is after them.
 */

/** OptionBool `track_volume`: the SDKs ask for it, and mainnet trades carry it. */
const TRACK_VOLUME = 1;

type Discriminator = keyof typeof INSTRUCTION_DISCRIMINATOR;

function tradeData(name: Discriminator, first: bigint, second: bigint): ByteWriter {
  return new ByteWriter().bytes(fromHex(INSTRUCTION_DISCRIMINATOR[name])).u64(first).u64(second);
}

/** PumpSwap `buy`: exactly `baseAmountOut` for at most `maxQuoteAmountIn`. */
export function pumpSwapBuy(
  accounts: PoolTradeAccounts,
  { baseAmountOut, maxQuoteAmountIn }: { readonly baseAmountOut: bigint; readonly maxQuoteAmountIn: bigint },
): BuiltInstruction {
  const data = tradeData("buy", baseAmountOut, maxQuoteAmountIn).u8(TRACK_VOLUME).toBytes();
  return instruction(PUMP_SWAP_PROGRAM, pumpSwapBuyAccounts(accounts), data);
}

/** PumpSwap `buy_exact_quote_in`: spends `spendableQuoteIn`, fees included, for at least `minBaseAmountOut`. */
export function pumpSwapBuyExactQuoteIn(
  accounts: PoolTradeAccounts,
  { spendableQuoteIn, minBaseAmountOut }: { readonly spendableQuoteIn: bigint; readonly minBaseAmountOut: bigint },
): BuiltInstruction {
  const data = tradeData("buyExactQuoteIn", spendableQuoteIn, minBaseAmountOut).u8(TRACK_VOLUME).toBytes();
  return instruction(PUMP_SWAP_PROGRAM, pumpSwapBuyAccounts(accounts), data);
}

/** PumpSwap `sell`: exactly `baseAmountIn` for at least `minQuoteAmountOut`. */
export function pumpSwapSell(
  accounts: PoolTradeAccounts,
  { baseAmountIn, minQuoteAmountOut }: { readonly baseAmountIn: bigint; readonly minQuoteAmountOut: bigint },
): BuiltInstruction {
  const { cashbackTokenAccount, userVolumeAccumulator } = accounts;
  const metas = [
    ...pumpSwapCommonAccounts(accounts),
    readonly(PUMP_SWAP_FEE_CONFIG),
    readonly(PUMP_FEES_PROGRAM),
    ...(cashbackTokenAccount === null ? [] : [writable(cashbackTokenAccount), writable(userVolumeAccumulator)]),
    ...pumpSwapRemainingAccounts(accounts),
  ];
  return instruction(PUMP_SWAP_PROGRAM, metas, tradeData("sell", baseAmountIn, minQuoteAmountOut).toBytes());
}

function pumpSwapBuyAccounts(accounts: PoolTradeAccounts): AccountMeta[] {
  const { cashbackTokenAccount, userVolumeAccumulator } = accounts;
  return [
    ...pumpSwapCommonAccounts(accounts),
    readonly(PUMP_SWAP_GLOBAL_VOLUME_ACCUMULATOR),
    writable(userVolumeAccumulator),
    readonly(PUMP_SWAP_FEE_CONFIG),
    readonly(PUMP_FEES_PROGRAM),
    ...(cashbackTokenAccount === null ? [] : [writable(cashbackTokenAccount)]),
    ...pumpSwapRemainingAccounts(accounts),
  ];
}

/** The first nineteen accounts, the same in all three trades. */
function pumpSwapCommonAccounts(accounts: PoolTradeAccounts): AccountMeta[] {
  return [
    writable(accounts.pool),
    writableSigner(accounts.user),
    readonly(PUMP_SWAP_GLOBAL_CONFIG),
    readonly(accounts.baseMint),
    readonly(accounts.quoteMint),
    writable(accounts.userBaseTokenAccount),
    writable(accounts.userQuoteTokenAccount),
    writable(accounts.poolBaseTokenAccount),
    writable(accounts.poolQuoteTokenAccount),
    readonly(accounts.protocolFeeRecipient),
    writable(accounts.protocolFeeRecipientTokenAccount),
    readonly(accounts.baseTokenProgram),
    readonly(accounts.quoteTokenProgram),
    readonly(SYSTEM_PROGRAM),
    readonly(ATA_PROGRAM),
    readonly(PUMP_SWAP_EVENT_AUTHORITY),
    readonly(PUMP_SWAP_PROGRAM),
    writable(accounts.coinCreatorVaultTokenAccount),
    readonly(accounts.coinCreatorVaultAuthority),
  ];
}

/** Accounts after the IDL's own list, which the program insists on (error 6062, InvalidPoolV2). */
function pumpSwapRemainingAccounts(accounts: PoolTradeAccounts): AccountMeta[] {
  const { poolV2, buybackFeeRecipient, buybackFeeRecipientTokenAccount } = accounts;
  return [...(poolV2 === null ? [] : [readonly(poolV2)]), readonly(buybackFeeRecipient), writable(buybackFeeRecipientTokenAccount)];
}

/** pump `buy`: exactly `tokenAmount` for at most `maxSolCost` lamports. */
export function pumpBuy(
  accounts: CurveTradeAccounts,
  { tokenAmount, maxSolCost }: { readonly tokenAmount: bigint; readonly maxSolCost: bigint },
): BuiltInstruction {
  return instruction(PUMP_PROGRAM, pumpBuyAccounts(accounts), tradeData("buy", tokenAmount, maxSolCost).u8(TRACK_VOLUME).toBytes());
}

/** pump `buy_exact_sol_in`: spends `spendableSolIn` lamports, fees included, for at least `minTokensOut`. */
export function pumpBuyExactSolIn(
  accounts: CurveTradeAccounts,
  { spendableSolIn, minTokensOut }: { readonly spendableSolIn: bigint; readonly minTokensOut: bigint },
): BuiltInstruction {
  const data = tradeData("buyExactSolIn", spendableSolIn, minTokensOut).u8(TRACK_VOLUME).toBytes();
  return instruction(PUMP_PROGRAM, pumpBuyAccounts(accounts), data);
}

/** pump `sell`: exactly `tokenAmount` for at least `minSolOutput` lamports. */
export function pumpSell(
  accounts: CurveTradeAccounts,
  { tokenAmount, minSolOutput }: { readonly tokenAmount: bigint; readonly minSolOutput: bigint },
): BuiltInstruction {
  const metas = [
    ...pumpCommonAccounts(accounts),
    writable(accounts.creatorVault),
    readonly(accounts.tokenProgram),
    readonly(PUMP_EVENT_AUTHORITY),
    readonly(PUMP_PROGRAM),
    readonly(PUMP_FEE_CONFIG),
    readonly(PUMP_FEES_PROGRAM),
    ...(accounts.isCashbackCoin ? [writable(accounts.userVolumeAccumulator)] : []),
    readonly(accounts.bondingCurveV2),
    writable(accounts.buybackFeeRecipient),
  ];
  return instruction(PUMP_PROGRAM, metas, tradeData("sell", tokenAmount, minSolOutput).toBytes());
}

function pumpBuyAccounts(accounts: CurveTradeAccounts): AccountMeta[] {
  return [
    ...pumpCommonAccounts(accounts),
    readonly(accounts.tokenProgram),
    writable(accounts.creatorVault),
    readonly(PUMP_EVENT_AUTHORITY),
    readonly(PUMP_PROGRAM),
    readonly(PUMP_GLOBAL_VOLUME_ACCUMULATOR),
    writable(accounts.userVolumeAccumulator),
    readonly(PUMP_FEE_CONFIG),
    readonly(PUMP_FEES_PROGRAM),
    readonly(accounts.bondingCurveV2),
    writable(accounts.buybackFeeRecipient),
  ];
}

/** The first eight accounts of curve trades. */
function pumpCommonAccounts(accounts: CurveTradeAccounts): AccountMeta[] {
  return [
    readonly(PUMP_GLOBAL),
    writable(accounts.protocolFeeRecipient),
    readonly(accounts.mint),
    writable(accounts.bondingCurve),
    writable(accounts.bondingCurveTokenAccount),
    writable(accounts.userTokenAccount),
    writableSigner(accounts.user),
    readonly(SYSTEM_PROGRAM),
  ];
}

/** pump `buy_v2`: exactly `tokenAmount` for at most `maxQuoteCost`, in the curve's own quote. */
export function pumpBuyV2(
  accounts: CurveV2TradeAccounts,
  { tokenAmount, maxQuoteCost }: { readonly tokenAmount: bigint; readonly maxQuoteCost: bigint },
): BuiltInstruction {
  const metas = pumpV2Accounts(accounts, [readonly(PUMP_GLOBAL_VOLUME_ACCUMULATOR)]);
  return instruction(PUMP_PROGRAM, metas, tradeData("buyV2", tokenAmount, maxQuoteCost).toBytes());
}

/** pump `sell_v2`: exactly `tokenAmount` for at least `minQuoteOutput`, in the curve's own quote. */
export function pumpSellV2(
  accounts: CurveV2TradeAccounts,
  { tokenAmount, minQuoteOutput }: { readonly tokenAmount: bigint; readonly minQuoteOutput: bigint },
): BuiltInstruction {
  return instruction(PUMP_PROGRAM, pumpV2Accounts(accounts, []), tradeData("sellV2", tokenAmount, minQuoteOutput).toBytes());
}

function pumpV2Accounts(accounts: CurveV2TradeAccounts, afterSharingConfig: readonly AccountMeta[]): AccountMeta[] {
  return [
    readonly(PUMP_GLOBAL),
    readonly(accounts.mint),
    readonly(accounts.quoteMint),
    readonly(accounts.tokenProgram),
    readonly(accounts.quoteTokenProgram),
    readonly(ATA_PROGRAM),
    writable(accounts.protocolFeeRecipient),
    writable(accounts.protocolFeeRecipientTokenAccount),
    writable(accounts.buybackFeeRecipient),
    writable(accounts.buybackFeeRecipientTokenAccount),
    writable(accounts.bondingCurve),
    writable(accounts.bondingCurveTokenAccount),
    writable(accounts.bondingCurveQuoteTokenAccount),
    writableSigner(accounts.user),
    writable(accounts.userTokenAccount),
    writable(accounts.userQuoteTokenAccount),
    writable(accounts.creatorVault),
    writable(accounts.creatorVaultTokenAccount),
    readonly(accounts.sharingConfig),
    ...afterSharingConfig,
    writable(accounts.userVolumeAccumulator),
    writable(accounts.cashbackTokenAccount),
    readonly(PUMP_FEE_CONFIG),
    readonly(PUMP_FEES_PROGRAM),
    readonly(SYSTEM_PROGRAM),
    readonly(PUMP_EVENT_AUTHORITY),
    readonly(PUMP_PROGRAM),
  ];
}
