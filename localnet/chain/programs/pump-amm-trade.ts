import { ByteReader } from "../../../domain/solana/bytes.ts";
import { encodeEvent } from "../../../domain/solana/encode-events.ts";
import { DEFAULT_ADDRESS, PUMP_SWAP_PROGRAM } from "../../../domain/solana/programs.ts";
import { type Address, BPS } from "../../../domain/units.ts";
import type { Fees } from "../../../domain/venues/fee-config.ts";
import { creatorVaultAuthorityAddress, poolV2Address } from "../../../domain/venues/pdas.ts";
import {
  feesForPool,
  type Pool,
  type PoolReserves,
  poolReserves,
  quoteBuyExactBaseOut,
  quoteBuyExactQuoteIn,
  quoteSell,
  type SwapQuote,
} from "../../../domain/venues/pump-swap.ts";
import { BUYBACK_BPS, BUYBACK_FEE_RECIPIENTS, PROTOCOL_FEE_RECIPIENTS } from "../config.ts";
import { abort, abortCustom, accountAt, type ProgramContext, requireSigner } from "../program.ts";
import { readMint, readTokenAccount } from "../token-state.ts";
import { abortAnchor, emitEvent, requireAddress } from "./anchor.ts";
import { createAtaInstruction } from "./ata.ts";
import { callGetFees, feeConfigOf } from "./fees.ts";
import { poolOf } from "./pump-amm.ts";
import { ensureVolumeAccumulator } from "./pump-trade.ts";
import { transferChecked } from "./token-instructions.ts";

const ERRORS = {
  zeroBase: [6001, "ZeroBaseAmount", "ZeroBaseAmount"],
  exceededSlippage: [6004, "ExceededSlippage", "ExceededSlippage"],
  overflow: [6023, "Overflow", "Overflow"],
  buySlippage: [6040, "BuySlippageBelowMinBaseAmountOut", "buy: slippage - would buy less tokens than expected min_base_amount_out"],
  invalidPoolV2: [6062, "InvalidPoolV2", "pool_v2 remaining account is missing or invalid"],
  insufficientRealQuote: [6063, "InsufficientRealQuoteReserves", "BOOST: sell output exceeds the real quote vault"],
} as const;

/** Since 2026-09-24 mainnet's swap events end in 16 zero bytes that no public IDL explains. */
const EVENT_TAIL_BYTES = 16;
/** What the program of 2026-06 uses itself, calls left out (median). */
const BUY_UNITS = 83_000;
const SELL_UNITS = 75_500;
export type SwapKind = "buy" | "buy_exact_quote_in" | "sell";

/**
 * Accounts by role: 23 (buys) or 21 (sell) by the IDL; then, for a cashback coin, the accumulator's
 * wrapped-SOL account and in a sale the accumulator; then pool-v2 where the pool has a coin creator;
 * then buyback wallet and its account.
 */
function swapAccounts(context: ProgramContext, kind: SwapKind, isCashbackCoin: boolean) {
  const at = (index: number) => accountAt(context, index);
  const isBuy = kind !== "sell";
  const remaining = context.accounts.slice(isBuy ? 23 : 21);
  const cashback = isCashbackCoin ? (remaining.shift() ?? null) : null;
  const soldVolume = isCashbackCoin && !isBuy ? (remaining.shift() ?? null) : null;
  return {
    pool: at(0),
    user: at(1),
    baseMint: at(3),
    quoteMint: at(4),
    userBase: at(5),
    userQuote: at(6),
    poolBase: at(7),
    poolQuote: at(8),
    feeRecipient: at(9),
    feeAccount: at(10),
    baseProgram: at(11),
    quoteProgram: at(12),
    eventAuthority: at(15),
    creatorVault: at(17),
    creatorAuthority: at(18),
    volume: isBuy ? at(20) : soldVolume,
    cashback,
    feeConfig: at(isBuy ? 21 : 19),
    remaining,
  };
}

type SwapAccounts = ReturnType<typeof swapAccounts>;

/** `buy`, `buy_exact_quote_in` and `sell`: two u64 arguments, the amount and the bound. */
export function processSwap(context: ProgramContext, kind: SwapKind): void {
  context.log(`Instruction: ${kind === "buy" ? "Buy" : kind === "sell" ? "Sell" : "BuyExactQuoteIn"}`);
  context.consume(kind === "sell" ? SELL_UNITS : BUY_UNITS);
  const reader = new ByteReader(context.data, 8);
  const amount = reader.u64();
  const bound = reader.u64();
  if (reader.overrun) abort("InvalidInstructionData");
  if (amount === 0n) abortAnchor(context, ERRORS.zeroBase);
  const pool = poolOf(context, accountAt(context, 0));
  const accounts = swapAccounts(context, kind, pool.isCashbackCoin);
  const buyback = checkAccounts(context, accounts, pool);
  const baseVault = readTokenAccount(context.get(accounts.poolBase))?.amount ?? abort("InvalidAccountData");
  const quoteVault = readTokenAccount(context.get(accounts.poolQuote))?.amount ?? abort("InvalidAccountData");
  const mint = readMint(context.get(accounts.baseMint)) ?? abort("InvalidAccountData");
  const quoteDecimals = readMint(context.get(accounts.quoteMint))?.decimals ?? abort("InvalidAccountData");
  const reserves = poolReserves(pool, baseVault, quoteVault);
  const fees = feesForPool(feeConfigOf(context, accounts.feeConfig), pool, reserves, mint.supply);
  callGetFees(context, accounts.feeConfig, fees);
  const quote = quoteOf(context, kind, reserves, amount, bound, fees);
  const before = {
    userBase: readTokenAccount(context.get(accounts.userBase))?.amount ?? abort("AccountNotInitialized"),
    userQuote: readTokenAccount(context.get(accounts.userQuote))?.amount ?? abort("AccountNotInitialized"),
  };
  const creatorShare = creatorShareOf(context, accounts, pool);
  settle(context, kind, accounts, quote, { buyback, creatorShare }, mint.decimals, quoteDecimals);
  const event = encodeEvent(kind === "sell" ? "Sell" : "Buy", {
    ...commonFields(context, accounts, pool, quote, fees, mint.supply),
    user_base_token_reserves: before.userBase,
    user_quote_token_reserves: before.userQuote,
    pool_base_token_reserves: baseVault,
    pool_quote_token_reserves: quoteVault,
    ...(kind === "sell" ? sellFields(quote, bound) : buyFields(kind, quote, amount, bound)),
  });
  const grown = new Uint8Array(event.length + EVENT_TAIL_BYTES);
  grown.set(event);
  emitEvent(context, accounts.eventAuthority, grown);
}

/** Aborts with ConstraintTokenOwner (2015) when a token account exists and is somebody else's. */
function requireTokenOwner(context: ProgramContext, name: string, address: Address, owner: Address): void {
  const token = readTokenAccount(context.get(address));
  if (token === null || token.owner === owner) return;
  context.log(
    `AnchorError caused by account: ${name}. Error Code: ConstraintTokenOwner. Error Number: 2015. Error Message: A token owner constraint was violated.`,
  );
  abortCustom(2015);
}

/** Checks every derived account and returns the buyback recipient's token account. */
function checkAccounts(context: ProgramContext, accounts: SwapAccounts, pool: Pool): Address {
  requireSigner(context, accounts.user);
  requireAddress(context, "pool_base_token_account", accounts.poolBase, pool.poolBaseTokenAccount);
  requireAddress(context, "pool_quote_token_account", accounts.poolQuote, pool.poolQuoteTokenAccount);
  requireTokenOwner(context, "protocol_fee_recipient_token_account", accounts.feeAccount, accounts.feeRecipient);
  requireTokenOwner(context, "coin_creator_vault_ata", accounts.creatorVault, accounts.creatorAuthority);
  requireAddress(context, "coin_creator_vault_authority", accounts.creatorAuthority, creatorVaultAuthorityAddress(pool.coinCreator));
  if (accounts.baseMint !== pool.baseMint) abortCustom(6008);
  if (accounts.quoteMint !== pool.quoteMint) abortCustom(6009);
  if (!PROTOCOL_FEE_RECIPIENTS.includes(accounts.feeRecipient)) abortCustom(6013);
  const rest = [...accounts.remaining];
  if (pool.coinCreator !== DEFAULT_ADDRESS && rest.shift() !== poolV2Address(pool.baseMint)) abortAnchor(context, ERRORS.invalidPoolV2);
  const [recipient, account] = rest;
  if (recipient === undefined || account === undefined) return abortCustom(6058);
  if (!BUYBACK_FEE_RECIPIENTS.includes(recipient)) abortCustom(6053);
  return account;
}

/**
 * Who receives the creator's share: the trader's accumulator for a cashback coin, else the creator's
 * vault. The trader pays for whichever account does not exist yet; for a cashback coin that is the
 * creator's vault too, although it receives nothing.
 */
function creatorShareOf(context: ProgramContext, accounts: SwapAccounts, pool: Pool): Address {
  const { user, volume, cashback, creatorVault, creatorAuthority, quoteMint, quoteProgram } = accounts;
  if (volume !== null) ensureVolumeAccumulator(context, user, volume, PUMP_SWAP_PROGRAM);
  const ensure = (account: Address, owner: Address): void => {
    if (readTokenAccount(context.get(account)) !== null) return;
    context.invoke(createAtaInstruction(user, account, owner, quoteMint, quoteProgram));
  };
  if (pool.coinCreator !== DEFAULT_ADDRESS) ensure(creatorVault, creatorAuthority);
  if (!pool.isCashbackCoin) return creatorVault;
  if (volume === null || cashback === null) return abort("NotEnoughAccountKeys");
  ensure(cashback, volume);
  return cashback;
}

function quoteOf(context: ProgramContext, kind: SwapKind, reserves: PoolReserves, amount: bigint, bound: bigint, fees: Fees): SwapQuote {
  if (kind === "sell") {
    const quoted = quoteSell(reserves, amount, fees);
    if (!quoted.ok)
      return abortAnchor(context, quoted.detail === "more than the vault holds" ? ERRORS.insufficientRealQuote : ERRORS.overflow);
    if (quoted.value.userQuoteAmountLamports < bound) abortAnchor(context, ERRORS.exceededSlippage);
    return quoted.value;
  }
  const quoted = kind === "buy" ? quoteBuyExactBaseOut(reserves, amount, fees) : quoteBuyExactQuoteIn(reserves, amount, fees);
  if (!quoted.ok) return abortAnchor(context, quoted.detail === "budget too small" ? ERRORS.zeroBase : ERRORS.overflow);
  if (kind === "buy" && quoted.value.userQuoteAmountLamports > bound) abortAnchor(context, ERRORS.exceededSlippage);
  if (kind === "buy_exact_quote_in" && quoted.value.baseAmount < bound) abortAnchor(context, ERRORS.buySlippage);
  return quoted.value;
}

function settle(
  context: ProgramContext,
  kind: SwapKind,
  accounts: SwapAccounts,
  quote: SwapQuote,
  receivers: { readonly buyback: Address; readonly creatorShare: Address },
  baseDecimals: number,
  quoteDecimals: number,
): void {
  const { pool, user, userBase, userQuote, poolBase, poolQuote, baseMint, quoteMint, baseProgram, quoteProgram } = accounts;
  const buyback = (quote.protocolFeeLamports * BUYBACK_BPS) / BPS;
  const isSell = kind === "sell";
  const payer = isSell ? { account: poolQuote, authority: pool, signs: [pool] } : { account: userQuote, authority: user, signs: [] };
  const payQuote = (target: Address, lamports: bigint): void => {
    if (lamports === 0n) return;
    context.invoke(transferChecked(quoteProgram, payer.account, quoteMint, target, payer.authority, lamports, quoteDecimals), payer.signs);
  };
  if (isSell) context.invoke(transferChecked(baseProgram, userBase, baseMint, poolBase, user, quote.baseAmount, baseDecimals));
  else context.invoke(transferChecked(baseProgram, poolBase, baseMint, userBase, pool, quote.baseAmount, baseDecimals), [pool]);
  payQuote(isSell ? userQuote : poolQuote, isSell ? quote.userQuoteAmountLamports : quote.quoteAmountLamports + quote.lpFeeLamports);
  payQuote(accounts.feeAccount, quote.protocolFeeLamports - buyback);
  payQuote(receivers.creatorShare, quote.creatorFeeLamports);
  payQuote(receivers.buyback, buyback);
}

function commonFields(context: ProgramContext, accounts: SwapAccounts, pool: Pool, quote: SwapQuote, fees: Fees, supply: bigint) {
  return {
    timestamp: BigInt(Math.floor(context.clock.unixMs / 1000)),
    lp_fee_basis_points: fees.lpBps,
    lp_fee: quote.lpFeeLamports,
    protocol_fee_basis_points: fees.protocolBps,
    protocol_fee: quote.protocolFeeLamports,
    pool: accounts.pool,
    user: accounts.user,
    user_base_token_account: accounts.userBase,
    user_quote_token_account: accounts.userQuote,
    protocol_fee_recipient: accounts.feeRecipient,
    protocol_fee_recipient_token_account: accounts.feeAccount,
    coin_creator: pool.coinCreator,
    coin_creator_fee_basis_points: pool.isCashbackCoin ? 0n : fees.creatorBps,
    coin_creator_fee: pool.isCashbackCoin ? 0n : quote.creatorFeeLamports,
    cashback_fee_basis_points: pool.isCashbackCoin ? fees.creatorBps : 0n,
    cashback: pool.isCashbackCoin ? quote.creatorFeeLamports : 0n,
    buyback_fee_basis_points: BUYBACK_BPS,
    buyback_fee: (quote.protocolFeeLamports * BUYBACK_BPS) / BPS,
    virtual_quote_reserves: pool.virtualQuoteReservesLamports,
    can_boost: pool.virtualQuoteReservesLamports > 0n,
    base_supply: supply,
  };
}

/** The program swaps net and total between the two buy instructions (seen in mainnet events). */
function buyFields(kind: SwapKind, quote: SwapQuote, amount: bigint, bound: bigint) {
  const exactIn = kind === "buy_exact_quote_in";
  const net = quote.quoteAmountLamports;
  const total = quote.userQuoteAmountLamports;
  return {
    base_amount_out: quote.baseAmount,
    max_quote_amount_in: exactIn ? amount : bound,
    quote_amount_in: exactIn ? total : net,
    quote_amount_in_with_lp_fee: net + quote.lpFeeLamports,
    user_quote_amount_in: exactIn ? net : total,
    track_volume: true,
    total_unclaimed_tokens: 0n,
    total_claimed_tokens: 0n,
    current_sol_volume: 0n,
    last_update_timestamp: 0n,
    min_base_amount_out: exactIn ? bound : quote.baseAmount,
    ix_name: kind,
  };
}

function sellFields(quote: SwapQuote, bound: bigint) {
  return {
    base_amount_in: quote.baseAmount,
    min_quote_amount_out: bound,
    quote_amount_out: quote.quoteAmountLamports,
    quote_amount_out_without_lp_fee: quote.quoteAmountLamports - quote.lpFeeLamports,
    user_quote_amount_out: quote.userQuoteAmountLamports,
  };
}
