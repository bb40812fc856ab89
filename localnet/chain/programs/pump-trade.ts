import { ByteReader } from "../../../domain/solana/bytes.ts";
import { encodeEvent } from "../../../domain/solana/encode-events.ts";
import { DEFAULT_ADDRESS, PUMP_PROGRAM, PUMP_TOKEN_DECIMALS, SYSTEM_PROGRAM } from "../../../domain/solana/programs.ts";
import { type Address, BPS } from "../../../domain/units.ts";
import { type Fees, selectFees } from "../../../domain/venues/fee-config.ts";
import { bondingCurveAddress, curveCreatorVaultAddress, userVolumeAccumulatorAddress } from "../../../domain/venues/pdas.ts";
import {
  type BondingCurve,
  type CurveQuote,
  decodeBondingCurve,
  encodeBondingCurve,
  quoteCurveBuyExactQuoteIn,
  quoteCurveBuyExactTokens,
  quoteCurveSell,
} from "../../../domain/venues/pump-curve.ts";
import { BUYBACK_BPS, BUYBACK_FEE_RECIPIENTS, PROTOCOL_FEE_RECIPIENTS, VOLUME_ACCUMULATOR_BYTES } from "../config.ts";
import { abort, abortCustom, accountAt, type ProgramContext, requireSigner } from "../program.ts";
import { rentExemptLamports } from "../rent.ts";
import { readTokenAccount } from "../token-state.ts";
import { abortAnchor, emitEvent, requireAddress } from "./anchor.ts";
import { callGetFees, feeConfigOf } from "./fees.ts";
import { createAccountInstruction, transferInstruction } from "./system.ts";
import { transferChecked } from "./token-instructions.ts";

const ERRORS = {
  tooMuchSolRequired: [6002, "TooMuchSolRequired", "slippage: Too much SOL required to buy the given amount of tokens."],
  tooLittleSolReceived: [6003, "TooLittleSolReceived", "slippage: Too little SOL received to sell the given amount of tokens."],
  bondingCurveComplete: [6005, "BondingCurveComplete", "The bonding curve has completed and liquidity migrated to raydium."],
  buyZeroAmount: [6020, "BuyZeroAmount", "Buy zero amount"],
  notEnoughTokensToBuy: [6021, "NotEnoughTokensToBuy", "Not enough tokens to buy"],
  sellZeroAmount: [6022, "SellZeroAmount", "Sell zero amount"],
  notEnoughTokensToSell: [6023, "NotEnoughTokensToSell", "Not enough tokens to sell"],
  overflow: [6024, "Overflow", "Overflow"],
  slippageBelowMinTokensOut: [6042, "BuySlippageBelowMinTokensOut", "Slippage: Would buy less tokens than expected min_tokens_out"],
  buybackFeeRecipientMissing: [6062, "BuybackFeeRecipientMissing", "BuybackFeeRecipientMissing"],
} as const;

/** What the programs of 2026-06 use themselves, calls left out (median). */
const BUY_UNITS = 60_000;
const SELL_UNITS = 46_500;
const BONDING_CURVE_BYTES = 151;

/** The curve in an account of the pump program; aborts when there is none. */
export function curveOf(context: ProgramContext, address: Address): BondingCurve {
  const account = context.get(address);
  const decoded = account.owner === PUMP_PROGRAM ? decodeBondingCurve(account.data) : null;
  return decoded?.ok ? decoded.value : abort("InvalidAccountData");
}

/**
 * Accounts by role: 16 (buys) or 14 (sell) by the IDL, then the volume accumulator where a cashback
 * coin is sold, then bonding-curve-v2 and the buyback wallet.
 */
function tradeAccounts(context: ProgramContext, isBuy: boolean) {
  const at = (index: number) => accountAt(context, index);
  const isCashbackCoin = curveOf(context, at(3)).isCashbackCoin;
  const remaining = context.accounts.slice(isBuy ? 16 : 14);
  const volume = isBuy ? at(13) : isCashbackCoin ? (remaining.shift() ?? null) : null;
  const [, buyback] = remaining;
  return {
    feeRecipient: at(1),
    mint: at(2),
    curve: at(3),
    curveTokens: at(4),
    userTokens: at(5),
    user: at(6),
    tokenProgram: at(isBuy ? 8 : 9),
    creatorVault: at(isBuy ? 9 : 8),
    eventAuthority: at(10),
    volume,
    feeConfig: at(isBuy ? 14 : 12),
    buyback: buyback ?? abortAnchor(context, ERRORS.buybackFeeRecipientMissing),
  };
}

type TradeAccounts = ReturnType<typeof tradeAccounts>;

function checkAccounts(context: ProgramContext, accounts: TradeAccounts, curve: BondingCurve): void {
  requireSigner(context, accounts.user);
  requireAddress(context, "bonding_curve", accounts.curve, bondingCurveAddress(accounts.mint));
  requireAddress(context, "creator_vault", accounts.creatorVault, curveCreatorVaultAddress(curve.creator));
  if (!PROTOCOL_FEE_RECIPIENTS.includes(accounts.feeRecipient)) abortCustom(6000);
  if (!BUYBACK_FEE_RECIPIENTS.includes(accounts.buyback)) abortCustom(6057);
}

/** `buy`: amount:u64, max_sol_cost:u64, and `buy_exact_sol_in`: spendable_sol_in:u64, min_tokens_out:u64. */
export function processBuy(context: ProgramContext, exactSolIn: boolean): void {
  context.log(`Instruction: ${exactSolIn ? "BuyExactSolIn" : "Buy"}`);
  context.consume(BUY_UNITS);
  const reader = new ByteReader(context.data, 8);
  const amount = reader.u64();
  const bound = reader.u64();
  if (reader.overrun) abort("InvalidInstructionData");
  const accounts = tradeAccounts(context, true);
  const curve = curveOf(context, accounts.curve);
  checkAccounts(context, accounts, curve);
  if (curve.complete) abortAnchor(context, ERRORS.bondingCurveComplete);
  if (amount === 0n) abortAnchor(context, ERRORS.buyZeroAmount);
  const fees = selectFees(feeConfigOf(context, accounts.feeConfig), 0n, true);
  callGetFees(context, accounts.feeConfig, fees);
  const quoted = exactSolIn ? quoteCurveBuyExactQuoteIn(curve, amount, fees) : quoteCurveBuyExactTokens(curve, amount, fees);
  if (!quoted.ok) abortAnchor(context, quoted.detail === "budget too small" ? ERRORS.buyZeroAmount : ERRORS.notEnoughTokensToBuy);
  const quote = quoted.value;
  if (exactSolIn && quote.tokenAmount < bound) abortAnchor(context, ERRORS.slippageBelowMinTokensOut);
  if (!exactSolIn && quote.userQuoteAmountLamports > bound) abortAnchor(context, ERRORS.tooMuchSolRequired);
  const creatorShare = creatorShareOf(context, accounts, curve);
  const { tokenProgram, curveTokens, mint, userTokens } = accounts;
  context.invoke(transferChecked(tokenProgram, curveTokens, mint, userTokens, accounts.curve, quote.tokenAmount, PUMP_TOKEN_DECIMALS), [
    accounts.curve,
  ]);
  const buyback = (quote.protocolFeeLamports * BUYBACK_BPS) / BPS;
  pay(context, accounts.user, accounts.curve, quote.quoteAmountLamports);
  pay(context, accounts.user, accounts.feeRecipient, quote.protocolFeeLamports - buyback);
  pay(context, accounts.user, creatorShare, quote.creatorFeeLamports);
  pay(context, accounts.user, accounts.buyback, buyback);
  const realTokenReserves = curve.realTokenReserves - quote.tokenAmount;
  const after: BondingCurve = {
    ...curve,
    virtualTokenReserves: curve.virtualTokenReserves - quote.tokenAmount,
    virtualQuoteReserves: curve.virtualQuoteReserves + quote.quoteAmountLamports,
    realTokenReserves,
    realQuoteReserves: curve.realQuoteReserves + quote.quoteAmountLamports,
    complete: realTokenReserves === 0n,
  };
  context.set(accounts.curve, { ...context.get(accounts.curve), data: encodeBondingCurve(after) });
  emitTrade(context, accounts, after, quote, fees, exactSolIn ? "buy_exact_sol_in" : "buy");
  if (after.complete) emitComplete(context, accounts);
}

/** `sell`: amount:u64, min_sol_output:u64. */
export function processSell(context: ProgramContext): void {
  context.log("Instruction: Sell");
  context.consume(SELL_UNITS);
  const reader = new ByteReader(context.data, 8);
  const amount = reader.u64();
  const minimum = reader.u64();
  if (reader.overrun) abort("InvalidInstructionData");
  const accounts = tradeAccounts(context, false);
  const curve = curveOf(context, accounts.curve);
  checkAccounts(context, accounts, curve);
  if (curve.complete) abortAnchor(context, ERRORS.bondingCurveComplete);
  if (amount === 0n) abortAnchor(context, ERRORS.sellZeroAmount);
  if ((readTokenAccount(context.get(accounts.userTokens))?.amount ?? 0n) < amount) abortAnchor(context, ERRORS.notEnoughTokensToSell);
  const fees = selectFees(feeConfigOf(context, accounts.feeConfig), 0n, true);
  callGetFees(context, accounts.feeConfig, fees);
  const quoted = quoteCurveSell(curve, amount, fees);
  const quote = quoted.ok ? quoted.value : dustSale(context, curve, amount);
  if (quote.userQuoteAmountLamports < minimum) abortAnchor(context, ERRORS.tooLittleSolReceived);
  const { tokenProgram, userTokens, mint, curveTokens, user } = accounts;
  context.invoke(transferChecked(tokenProgram, userTokens, mint, curveTokens, user, amount, PUMP_TOKEN_DECIMALS));
  const buyback = (quote.protocolFeeLamports * BUYBACK_BPS) / BPS;
  const creatorShare = creatorShareOf(context, accounts, curve);
  // The program owns the curve's lamports, and moves them without the system program.
  move(context, accounts.curve, accounts.user, quote.userQuoteAmountLamports);
  move(context, accounts.curve, accounts.feeRecipient, quote.protocolFeeLamports - buyback);
  move(context, accounts.curve, creatorShare, quote.creatorFeeLamports);
  move(context, accounts.curve, accounts.buyback, buyback);
  const after: BondingCurve = {
    ...curve,
    virtualTokenReserves: curve.virtualTokenReserves + amount,
    virtualQuoteReserves: curve.virtualQuoteReserves - quote.quoteAmountLamports,
    realTokenReserves: curve.realTokenReserves + amount,
    realQuoteReserves: curve.realQuoteReserves - quote.quoteAmountLamports,
  };
  context.set(accounts.curve, { ...context.get(accounts.curve), data: encodeBondingCurve(after) });
  emitTrade(context, accounts, after, quote, fees, "sell");
}

/**
 * Who receives the creator's share of a trade: the trader's own accumulator for a cashback coin, else
 * the creator's vault. Makes sure that it exists, at the trader's cost, as the real program does: a
 * vault below the rent-exempt minimum gets that whole minimum on top of what it has.
 */
function creatorShareOf(context: ProgramContext, accounts: TradeAccounts, curve: BondingCurve): Address {
  const { user, volume, creatorVault } = accounts;
  if (volume !== null) ensureVolumeAccumulator(context, user, volume, PUMP_PROGRAM);
  if (curve.isCashbackCoin) return volume ?? abort("NotEnoughAccountKeys");
  const minimum = rentExemptLamports(0);
  if (context.get(creatorVault).lamports < minimum) pay(context, user, creatorVault, minimum);
  return creatorVault;
}

/** A sale that has no quote: of dust worth no lamport it takes the tokens and pays nothing; fees above the proceeds overflow. */
function dustSale(context: ProgramContext, curve: BondingCurve, amount: bigint): CurveQuote {
  const gross = (amount * curve.virtualQuoteReserves) / (curve.virtualTokenReserves + amount);
  if (gross > curve.realQuoteReserves) return abortAnchor(context, ERRORS.notEnoughTokensToSell);
  if (gross > 0n) return abortAnchor(context, ERRORS.overflow);
  return { tokenAmount: amount, quoteAmountLamports: 0n, userQuoteAmountLamports: 0n, protocolFeeLamports: 0n, creatorFeeLamports: 0n };
}

function pay(context: ProgramContext, from: Address, to: Address, lamports: bigint): void {
  if (lamports > 0n) context.invoke(transferInstruction(from, to, lamports));
}

/** Moves lamports out of an account that the running program owns. */
export function move(context: ProgramContext, from: Address, to: Address, lamports: bigint): void {
  const source = context.get(from);
  if (source.lamports - lamports < rentExemptLamports(source.data.length)) abort("InsufficientFunds");
  context.set(from, { ...source, lamports: source.lamports - lamports });
  const target = context.get(to);
  context.set(to, { ...target, lamports: target.lamports + lamports });
}

/** Creates a user's volume accumulator at the first buy, at the user's cost, as both programs do. */
export function ensureVolumeAccumulator(context: ProgramContext, user: Address, address: Address, program: Address): void {
  requireAddress(context, "user_volume_accumulator", address, userVolumeAccumulatorAddress(user, program));
  if (context.get(address).owner !== SYSTEM_PROGRAM) return;
  const rent = rentExemptLamports(VOLUME_ACCUMULATOR_BYTES);
  context.invoke(createAccountInstruction(user, address, rent, VOLUME_ACCUMULATOR_BYTES, program), [address]);
}

function emitTrade(
  context: ProgramContext,
  accounts: TradeAccounts,
  after: BondingCurve,
  quote: CurveQuote,
  fees: Fees,
  name: string,
): void {
  const event = encodeEvent("Trade", {
    mint: accounts.mint,
    sol_amount: quote.quoteAmountLamports,
    token_amount: quote.tokenAmount,
    is_buy: name !== "sell",
    user: accounts.user,
    timestamp: BigInt(Math.floor(context.clock.unixMs / 1000)),
    virtual_sol_reserves: after.virtualQuoteReserves,
    virtual_token_reserves: after.virtualTokenReserves,
    real_sol_reserves: after.realQuoteReserves,
    real_token_reserves: after.realTokenReserves,
    fee_recipient: accounts.feeRecipient,
    fee_basis_points: fees.protocolBps,
    fee: quote.protocolFeeLamports,
    creator: after.creator,
    creator_fee_basis_points: after.isCashbackCoin ? 0n : fees.creatorBps,
    creator_fee: after.isCashbackCoin ? 0n : quote.creatorFeeLamports,
    track_volume: name !== "sell",
    total_unclaimed_tokens: 0n,
    total_claimed_tokens: 0n,
    current_sol_volume: 0n,
    last_update_timestamp: 0n,
    ix_name: name,
    mayhem_mode: false,
    cashback_fee_basis_points: after.isCashbackCoin ? fees.creatorBps : 0n,
    cashback: after.isCashbackCoin ? quote.creatorFeeLamports : 0n,
    buyback_fee_basis_points: BUYBACK_BPS,
    buyback_fee: (quote.protocolFeeLamports * BUYBACK_BPS) / BPS,
    shareholders: [],
    quote_mint: DEFAULT_ADDRESS,
    quote_amount: quote.quoteAmountLamports,
    virtual_quote_reserves: after.virtualQuoteReserves,
    real_quote_reserves: after.realQuoteReserves,
  });
  emitEvent(context, accounts.eventAuthority, event);
}

function emitComplete(context: ProgramContext, accounts: TradeAccounts): void {
  const event = encodeEvent("Complete", {
    user: accounts.user,
    mint: accounts.mint,
    bonding_curve: accounts.curve,
    timestamp: BigInt(Math.floor(context.clock.unixMs / 1000)),
    quote_mint: DEFAULT_ADDRESS,
  });
  emitEvent(context, accounts.eventAuthority, event);
}

/** Rent of a new curve account. */
export function bondingCurveRent(): bigint {
  return rentExemptLamports(BONDING_CURVE_BYTES);
}
