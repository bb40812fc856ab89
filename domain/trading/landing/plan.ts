import type { TradeCosts } from "../../journal/entry.ts";
import { ok, type Result, refuse } from "../../result.ts";
import {
  type BuiltInstruction,
  closeAccount,
  createAssociatedToken,
  createAssociatedTokenIdempotent,
  setComputeUnitLimit,
  setComputeUnitPrice,
  syncNative,
  systemTransfer,
} from "../../solana/instructions.ts";
import {
  DEFAULT_ADDRESS,
  PUMP_FEE_CONFIG,
  PUMP_SWAP_FEE_CONFIG,
  TOKEN_2022_PROGRAM,
  TOKEN_PROGRAM,
  WSOL_MINT,
} from "../../solana/programs.ts";
import { decodeMint, decodeTokenAccount, EXTENSION, type Mint, TOKEN_ACCOUNT_SIZE } from "../../solana/token.ts";
import { type Address, ceilDiv } from "../../units.ts";
import { decodeFeeConfig, type FeeConfig } from "../../venues/fee-config.ts";
import { pumpBuyExactSolIn, pumpSell, pumpSwapBuyExactQuoteIn, pumpSwapSell } from "../../venues/instructions.ts";
import { feesForCurve } from "../../venues/pump-curve.ts";
import { feesForPool, type Pool } from "../../venues/pump-swap.ts";
import { lessSlippage } from "../costs.ts";
import { decodePoolState } from "../market.ts";
import type { Order } from "../position-state.ts";
import { type Creatable, creationCostLamports, type TradeBasis } from "./basis.ts";
import { type Accounts, accountOf, curveOf, type Route } from "./route.ts";
import { networkFeeLamports, type Trade, tradeOnCurve, tradeOnPool } from "./trade.ts";

/** What is asked of one trade. */
export interface TradeRequest {
  readonly side: Order["side"];
  /** Lamports of a buy; base units of a part's sale. Any other sale sells what the wallet holds. */
  readonly amountIn: bigint;
  /** Of a sale: `amountIn` alone, or the balance when that is less; the rest stays. */
  readonly isPart: boolean;
  /** Of a buy: base units, as decided. */
  readonly minOut: bigint;
  /** Of a sale: below the fresh quote. */
  readonly slippageBps: number;
  /**
   * Whether a sale closes the coin's account. That fails as long as somebody keeps sending us dust of
   * the coin, and must not hold up an exit for ever.
   */
  readonly closesAccount: boolean;
  /** Null without a tip. */
  readonly tip: { readonly account: Address; readonly lamports: bigint } | null;
}

/** A trade on fresh accounts: what it should move, and its instructions for a compute budget. */
export interface TradePlan {
  readonly basis: TradeBasis;
  readonly amountIn: bigint;
  readonly minOut: bigint;
  readonly tipLamports: bigint;
  instructions(budget: ComputeBudget): BuiltInstruction[];
  predicted(priorityFeeLamports: bigint): TradeCosts;
  /** WALLET_UNDERFUNDED when the wallet cannot pay it all and stay rent-exempt. */
  funded(priorityFeeLamports: bigint): Result<null>;
}

export interface ComputeBudget {
  readonly computeUnitLimit: number;
  readonly microLamports: bigint;
}

const MICRO_LAMPORTS = 1_000_000n;
/** Solana's rent-exempt minimum: (128 + bytes) × 6,960 lamports. */
const RENT_BASE_BYTES = 128;
const RENT_LAMPORTS_PER_BYTE = 6_960;
/** Account of PumpSwap and pump that counts a user's volume (mainnet, 2026-10). */
const VOLUME_ACCUMULATOR_BYTES = 137;
/** An extension's header in a Token-2022 account. */
const EXTENSION_HEADER_BYTES = 4;
/** Mint extensions that need room in every account of the mint, with that room (Token-2022 `get_required_init_account_extensions`). */
const ACCOUNT_EXTENSION_BYTES: ReadonlyMap<number, number> = new Map([
  [EXTENSION.transferFeeConfig, 8],
  [EXTENSION.nonTransferable, 0],
  [EXTENSION.transferHook, 1],
  [EXTENSION.pausable, 0],
]);

/**
 * The most that a transaction may pay per compute unit: the estimate, cut so that price × limit stays
 * within `capLamports`. Without an estimate the cap itself: not landing costs more than the fee.
 */
export function computeBudget(computeUnitLimit: number, estimate: bigint | null, capLamports: bigint): ComputeBudget {
  const highest = (capLamports * MICRO_LAMPORTS) / BigInt(computeUnitLimit);
  return { computeUnitLimit, microLamports: estimate === null || estimate > highest ? highest : estimate };
}

/** Priority fee of a budget: price × limit, rounded up as the runtime does. */
export function priorityFeeLamports({ computeUnitLimit, microLamports }: ComputeBudget): bigint {
  return ceilDiv(microLamports * BigInt(computeUnitLimit), MICRO_LAMPORTS);
}

/** Solana's rent-exempt minimum of an account with `bytes` of data. */
export function rentExemptLamports(bytes: number): bigint {
  return BigInt((RENT_BASE_BYTES + bytes) * RENT_LAMPORTS_PER_BYTE);
}

/**
 * Plans one trade on accounts read at one slot. Refuses a buy whose token account exists
 * (ALREADY_HELD) or whose fresh quote is below its minimum-out (SLIPPAGE_EXCEEDED), and a sale of
 * tokens that the wallet does not hold (TOKENS_MISSING); either with QUOTE_UNAVAILABLE and the
 * market's codes when it cannot be priced, FEE_CONFIG_MALFORMED when the fees are unknown, and
 * POOL_MALFORMED when the pool is no longer the one that the route was derived from.
 */
export function planTrade(route: Route, request: TradeRequest, accounts: Accounts): Result<TradePlan> {
  const mint = accountOf(accounts, route.keys.mint);
  if (mint === null) return refuse("MINT_UNAVAILABLE");
  const decodedMint = decodeMint(mint.data);
  if (!decodedMint.ok) return decodedMint;
  const held = heldTokens(route, accounts, mint.owner);
  if (!held.ok) return held;
  const { side } = request;
  if (side === "buy" && held.value !== null) return refuse("ALREADY_HELD");
  if (side === "sell" && (held.value === null || held.value === 0n))
    return refuse("TOKENS_MISSING", held.value === null ? "no account" : "empty");
  const balance = held.value ?? 0n;
  const amountIn = side === "buy" || (request.isPart && request.amountIn < balance) ? request.amountIn : balance;
  const closesBase = side === "sell" && request.closesAccount && !request.isPart;
  const priced = priceTrade(route, side, amountIn, closesBase, decodedMint.value, mint.owner, accounts);
  if (!priced.ok) return priced;
  const { trade, basis } = priced.value;
  const out = side === "buy" ? trade.baseAmount : trade.quoteLamports;
  if (side === "buy" && out < request.minOut) return refuse("SLIPPAGE_EXCEEDED", `quote ${out} below ${request.minOut}`);
  const wanted = side === "buy" ? request.minOut : lessSlippage(out, request.slippageBps);
  // The signer refuses a trade that accepts nothing.
  const minOut = wanted > 0n ? wanted : 1n;
  const tipLamports = request.tip?.lamports ?? 0n;
  const walletLamports = accountOf(accounts, basis.wallet)?.lamports ?? 0n;
  const otherRent = basis.creatables.reduce(
    (sum, creatable) => sum + creationCostLamports(creatable, accountOf(accounts, creatable.address)?.lamports ?? 0n),
    0n,
  );
  const baseLamports = accountOf(accounts, basis.baseAccount)?.lamports ?? 0n;
  const rent = side === "buy" ? max0(basis.baseRentLamports - baseLamports) : closesBase ? baseLamports : 0n;
  return ok({
    basis,
    amountIn,
    minOut,
    tipLamports,
    instructions: (budget) => [
      setComputeUnitLimit(budget.computeUnitLimit),
      setComputeUnitPrice(budget.microLamports),
      ...tradeInstructions(route, side, amountIn, minOut, closesBase),
      ...(request.tip === null ? [] : [systemTransfer(basis.wallet, request.tip.account, request.tip.lamports)]),
    ],
    predicted: (priorityFee) => ({
      baseAmount: trade.baseAmount.toString(),
      quoteLamports: trade.quoteLamports.toString(),
      venueFeeLamports: trade.venueFeeLamports.toString(),
      networkFeeLamports: networkFeeLamports(priorityFee).toString(),
      tipLamports: tipLamports.toString(),
      rentLamports: rent.toString(),
      otherRentLamports: otherRent.toString(),
    }),
    funded: (priorityFee) => {
      // The tip comes last: by then a sale has paid, and the wrapped-SOL account's rent is back.
      const passing = basis.venue === "pool" ? rentExemptLamports(TOKEN_ACCOUNT_SIZE) : 0n;
      const ahead = networkFeeLamports(priorityFee) + otherRent + passing + (side === "buy" ? amountIn + rent : 0n);
      const after = side === "buy" ? ahead - passing + tipLamports : max0(ahead - passing + tipLamports - minOut - rent);
      const needed = ahead > after + rentExemptLamports(0) ? ahead : after + rentExemptLamports(0);
      return walletLamports >= needed ? ok(null) : refuse("WALLET_UNDERFUNDED", `${walletLamports} lamports of ${needed}`);
    },
  });
}

function tradeInstructions(route: Route, side: Order["side"], amountIn: bigint, minOut: bigint, closesBase: boolean): BuiltInstruction[] {
  if (route.venue === "curve") {
    const { accounts } = route;
    const { user, mint, tokenProgram, userTokenAccount } = accounts;
    if (side === "sell")
      return [
        pumpSell(accounts, { tokenAmount: amountIn, minSolOutput: minOut }),
        ...(closesBase ? [closeAccount(userTokenAccount, user, user, tokenProgram)] : []),
      ];
    return [
      createAssociatedToken({ payer: user, account: userTokenAccount, owner: user, mint, tokenProgram }),
      pumpBuyExactSolIn(accounts, { spendableSolIn: amountIn, minTokensOut: minOut }),
    ];
  }
  const { accounts } = route;
  const { user, baseMint, baseTokenProgram, userBaseTokenAccount, userQuoteTokenAccount } = accounts;
  const wrapped = { payer: user, account: userQuoteTokenAccount, owner: user, mint: WSOL_MINT, tokenProgram: TOKEN_PROGRAM };
  const unwrap = closeAccount(userQuoteTokenAccount, user, user, TOKEN_PROGRAM);
  if (side === "sell")
    return [
      createAssociatedTokenIdempotent(wrapped),
      pumpSwapSell(accounts, { baseAmountIn: amountIn, minQuoteAmountOut: minOut }),
      ...(closesBase ? [closeAccount(userBaseTokenAccount, user, user, baseTokenProgram)] : []),
      unwrap,
    ];
  return [
    // Not idempotent: a second buy of the coin fails here, at no market cost.
    createAssociatedToken({ payer: user, account: userBaseTokenAccount, owner: user, mint: baseMint, tokenProgram: baseTokenProgram }),
    createAssociatedTokenIdempotent(wrapped),
    systemTransfer(user, userQuoteTokenAccount, amountIn),
    syncNative(userQuoteTokenAccount),
    pumpSwapBuyExactQuoteIn(accounts, { spendableQuoteIn: amountIn, minBaseAmountOut: minOut }),
    unwrap,
  ];
}

interface Priced {
  readonly trade: Trade;
  readonly basis: TradeBasis;
}

function priceTrade(
  route: Route,
  side: Order["side"],
  amountIn: bigint,
  closesBase: boolean,
  mint: Mint,
  tokenProgram: Address,
  accounts: Accounts,
): Result<Priced> {
  const baseRentLamports = rentExemptLamports(tokenAccountBytes(tokenProgram, mint));
  if (route.venue === "curve") {
    const curve = curveOf(accountOf(accounts, route.accounts.bondingCurve));
    const config = feeConfigAt(accounts, PUMP_FEE_CONFIG);
    if (curve === null) return refuse("CURVE_MALFORMED");
    if (!config.ok) return config;
    const fees = feesForCurve(config.value, curve, mint.supply, route.creatorFeeConfigurable);
    const trade = tradeOnCurve(side, curve, amountIn, fees);
    if (!trade.ok) return trade;
    const { user, userTokenAccount, creatorVault, userVolumeAccumulator, bondingCurve } = route.accounts;
    const accumulator = { ...filled(userVolumeAccumulator, VOLUME_ACCUMULATOR_BYTES), takesCreatorFee: curve.isCashbackCoin };
    const vault = { ...filled(creatorVault, 0), getsWhole: true, takesCreatorFee: true };
    const creatables = [...(curve.isCashbackCoin ? [] : [vault]), ...(side === "buy" || curve.isCashbackCoin ? [accumulator] : [])];
    const common = { wallet: user, baseAccount: userTokenAccount, baseRentLamports, closesBase, creatables };
    return ok({ trade: trade.value, basis: { ...common, venue: "curve", curveAddress: bondingCurve, fees } });
  }
  const { accounts: named } = route;
  const state = decodePoolState(route.keys, {
    pool: accountOf(accounts, named.pool),
    baseVault: accountOf(accounts, named.poolBaseTokenAccount),
    quoteVault: accountOf(accounts, named.poolQuoteTokenAccount),
  });
  if (!state.ok) return state;
  const { pool, reserves } = state.value;
  if (!isSamePool(pool, route.pool)) return refuse("POOL_MALFORMED", "its creator or kind changed");
  const config = feeConfigAt(accounts, PUMP_SWAP_FEE_CONFIG);
  if (!config.ok) return config;
  const trade = tradeOnPool(side, reserves, amountIn, feesForPool(config.value, pool, reserves, mint.supply, route.creatorFeeConfigurable));
  if (!trade.ok) return trade;
  const { coinCreatorVaultTokenAccount, userVolumeAccumulator, cashbackTokenAccount } = named;
  const creatables = [
    ...(pool.coinCreator === DEFAULT_ADDRESS ? [] : [wrapped(coinCreatorVaultTokenAccount)]),
    ...(side === "buy" || pool.isCashbackCoin ? [filled(userVolumeAccumulator, VOLUME_ACCUMULATOR_BYTES)] : []),
    ...(cashbackTokenAccount === null ? [] : [wrapped(cashbackTokenAccount)]),
  ];
  return ok({
    trade: trade.value,
    basis: {
      venue: "pool",
      wallet: named.user,
      baseAccount: named.userBaseTokenAccount,
      baseRentLamports,
      closesBase,
      creatables,
      poolAddress: named.pool,
      pool,
      feeConfig: config.value,
      supply: mint.supply,
      creatorFeeConfigurable: route.creatorFeeConfigurable,
      quoteAccount: named.userQuoteTokenAccount,
    },
  });
}

function filled(address: Address, bytes: number): Creatable {
  return { address, rentLamports: rentExemptLamports(bytes), getsWhole: false, isWrapped: false, takesCreatorFee: false };
}

function wrapped(address: Address): Creatable {
  return { ...filled(address, TOKEN_ACCOUNT_SIZE), isWrapped: true };
}

function isSamePool(a: Pool, b: Pool): boolean {
  return a.coinCreator === b.coinCreator && a.isCashbackCoin === b.isCashbackCoin && a.isMayhemMode === b.isMayhemMode;
}

/** Base units in the wallet's own account of the coin; null when there is no such account. */
function heldTokens(route: Route, accounts: Accounts, tokenProgram: Address): Result<bigint | null> {
  const address = route.venue === "pool" ? route.accounts.userBaseTokenAccount : route.accounts.userTokenAccount;
  const account = accountOf(accounts, address);
  // Lamports alone make no token account: creating one takes them over.
  if (account === null || account.owner !== tokenProgram) return ok(null);
  const token = decodeTokenAccount(account.data);
  if (!token.ok) return token;
  const isOurs = token.value.mint === route.keys.mint && token.value.owner === route.accounts.user;
  return isOurs ? ok(token.value.amount) : refuse("TOKEN_ACCOUNT_MALFORMED", "not the wallet's account of the coin");
}

function feeConfigAt(accounts: Accounts, address: Address): Result<FeeConfig> {
  const account = accountOf(accounts, address);
  return account === null ? refuse("FEE_CONFIG_MALFORMED", "missing") : decodeFeeConfig(account.data);
}

/** Size of an associated account: an immutable owner under Token-2022, and what the mint's extensions ask for. */
function tokenAccountBytes(tokenProgram: Address, mint: Mint): number {
  if (tokenProgram !== TOKEN_2022_PROGRAM) return TOKEN_ACCOUNT_SIZE;
  let bytes = TOKEN_ACCOUNT_SIZE + 1 + EXTENSION_HEADER_BYTES;
  for (const { type } of mint.extensions) {
    const room = ACCOUNT_EXTENSION_BYTES.get(type);
    if (room !== undefined) bytes += EXTENSION_HEADER_BYTES + room;
  }
  return bytes;
}

function max0(value: bigint): bigint {
  return value > 0n ? value : 0n;
}
