import { ok, type Result, refuse } from "../result.ts";
import { ByteReader, ByteWriter, fromHex, startsWith } from "../solana/bytes.ts";
import { DEFAULT_ADDRESS, PUMP_TOKEN_SUPPLY } from "../solana/programs.ts";
import { type Address, BPS, ceilDiv, U64_MAX } from "../units.ts";
import { type FeeConfig, type Fees, marketCapLamports, selectFees } from "./fee-config.ts";
import { poolAuthorityAddress } from "./pdas.ts";
import { netOfFees } from "./pump-curve.ts";

/** A PumpSwap pool. */
export interface Pool {
  readonly poolBump: number;
  readonly index: number;
  readonly creator: Address;
  readonly baseMint: Address;
  readonly quoteMint: Address;
  readonly lpMint: Address;
  readonly poolBaseTokenAccount: Address;
  readonly poolQuoteTokenAccount: Address;
  /** LP tokens in existence, before burning. */
  readonly lpSupply: bigint;
  /** Receives the creator fee; the default key means nobody does. */
  readonly coinCreator: Address;
  readonly isMayhemMode: boolean;
  readonly isCashbackCoin: boolean;
  /** Added to the quote vault's balance in every price; signed, 0 in pools without boost. */
  readonly virtualQuoteReservesLamports: bigint;
  /** Per-coin creator fee; zero means the fee configuration's. */
  readonly creatorFeeBps: bigint;
  readonly canEditCreatorFee: boolean;
}

const POOL_DISCRIMINATOR = fromHex("f19a6d0411b16dbc");
/** Allocated size since 2026-09; earlier pools have 211, 243, 245 or 300 bytes and lack the tail. */
const POOL_SIZE = 301;
const POOL_MIN_SIZE = 211;

/** Decodes a Pool account of PumpSwap; a missing tail reads as zero. Refuses with POOL_MALFORMED. */
export function decodePool(data: Uint8Array): Result<Pool> {
  if (!startsWith(data, POOL_DISCRIMINATOR)) return refuse("POOL_MALFORMED", "wrong discriminator");
  if (data.length < POOL_MIN_SIZE) return refuse("POOL_MALFORMED", `${data.length} bytes`);
  const reader = new ByteReader(data, 8);
  return ok({
    poolBump: reader.u8(),
    index: reader.u16(),
    creator: reader.address(),
    baseMint: reader.address(),
    quoteMint: reader.address(),
    lpMint: reader.address(),
    poolBaseTokenAccount: reader.address(),
    poolQuoteTokenAccount: reader.address(),
    lpSupply: reader.u64(),
    coinCreator: reader.address(),
    isMayhemMode: reader.bool(),
    isCashbackCoin: reader.bool(),
    virtualQuoteReservesLamports: reader.i128(),
    creatorFeeBps: reader.u64(),
    canEditCreatorFee: reader.bool(),
  });
}

/** Account data of a Pool: 301 bytes. */
export function encodePool(pool: Pool): Uint8Array {
  const writer = new ByteWriter().bytes(POOL_DISCRIMINATOR).u8(pool.poolBump).u16(pool.index);
  writer.address(pool.creator).address(pool.baseMint).address(pool.quoteMint).address(pool.lpMint);
  writer.address(pool.poolBaseTokenAccount).address(pool.poolQuoteTokenAccount).u64(pool.lpSupply);
  writer.address(pool.coinCreator).bool(pool.isMayhemMode).bool(pool.isCashbackCoin);
  writer.i128(pool.virtualQuoteReservesLamports).u64(pool.creatorFeeBps).bool(pool.canEditCreatorFee);
  return writer.padTo(POOL_SIZE).toBytes();
}

/** True when a graduation created the pool: index 0 and the coin's pool authority as creator. */
export function isCanonicalPool(pool: Pick<Pool, "index" | "creator" | "baseMint">): boolean {
  return pool.index === 0 && pool.creator === poolAuthorityAddress(pool.baseMint);
}

/** What a trade is priced on. */
export interface PoolReserves {
  /** Balance of the base vault, in base units. */
  readonly baseReserves: bigint;
  /** Effective quote: balance of the quote vault plus the pool's virtual quote reserves. */
  readonly quoteReservesLamports: bigint;
  /** Real balance of the quote vault; when given, an empty one and a sale that it cannot pay have no quote. */
  readonly quoteVaultLamports?: bigint;
}

/** Reserves of a pool from the balances of its two vaults. */
export function poolReserves(pool: Pool, baseVaultAmount: bigint, quoteVaultLamports: bigint): PoolReserves {
  return {
    baseReserves: baseVaultAmount,
    quoteReservesLamports: quoteVaultLamports + pool.virtualQuoteReservesLamports,
    quoteVaultLamports,
  };
}

/**
 * Fees of the pool's next trade: the schedule by creator, quote and market cap, the creator share
 * replaced by the coin's own rate where it has one and the program allows it
 * (`creatorFeeConfigurable` of GlobalConfig: on since October 2026), and dropped when the pool
 * names no coin creator. `supply` is the mint's; mayhem pools are always valued at the initial
 * supply. A pool counts as pump's by its creator alone: nobody but pump can sign for that address.
 * Of a cashback coin the creator share is charged alike and goes to the trader's accumulator.
 */
export function feesForPool(config: FeeConfig, pool: Pool, reserves: PoolReserves, supply: bigint, creatorFeeConfigurable = true): Fees {
  const marketCap = marketCapLamports(reserves, pool.isMayhemMode ? PUMP_TOKEN_SUPPLY : supply);
  const isPumpPool = pool.creator === poolAuthorityAddress(pool.baseMint);
  const fees = selectFees(config, marketCap, isPumpPool, pool.quoteMint);
  if (pool.coinCreator === DEFAULT_ADDRESS) return { ...fees, creatorBps: 0n };
  return creatorFeeConfigurable && pool.creatorFeeBps > 0n ? { ...fees, creatorBps: pool.creatorFeeBps } : fees;
}

/** A PumpSwap trade, before it happens. */
export interface SwapQuote {
  readonly baseAmount: bigint;
  /** Quote side of the constant product, before fees. */
  readonly quoteAmountLamports: bigint;
  /** What the trader pays (buy) or receives (sell) after fees. */
  readonly userQuoteAmountLamports: bigint;
  /** Stays in the pool. */
  readonly lpFeeLamports: bigint;
  readonly protocolFeeLamports: bigint;
  readonly creatorFeeLamports: bigint;
  /** Reserves after the trade, to price the next one. */
  readonly after: { readonly baseReserves: bigint; readonly quoteReservesLamports: bigint };
}

/**
 * PumpSwap `buy`: what exactly `baseAmountOut` costs. quote = ceil(E × out / (base − out)), each fee
 * rounded up on top. Refuses with POOL_RESERVES_EMPTY or QUOTE_UNAVAILABLE.
 */
export function quoteBuyExactBaseOut(reserves: PoolReserves, baseAmountOut: bigint, fees: Fees): Result<SwapQuote> {
  const checked = tradable(reserves, baseAmountOut);
  if (!checked.ok) return checked;
  if (baseAmountOut >= reserves.baseReserves) return refuse("QUOTE_UNAVAILABLE", "more tokens than the pool holds");
  const quote = ceilDiv(reserves.quoteReservesLamports * baseAmountOut, reserves.baseReserves - baseAmountOut);
  return buyQuote(reserves, baseAmountOut, quote, feesOn(quote, fees));
}

/**
 * PumpSwap `buy_exact_quote_in`: tokens for a budget of `spendableLamports`, fees included. The
 * product is computed with net − 1: out = floor(base × (net − 1) / (E + net − 1)). Refuses with
 * POOL_RESERVES_EMPTY or QUOTE_UNAVAILABLE.
 */
export function quoteBuyExactQuoteIn(reserves: PoolReserves, spendableLamports: bigint, fees: Fees): Result<SwapQuote> {
  const checked = tradable(reserves, spendableLamports);
  if (!checked.ok) return checked;
  const { netLamports, charged } = netOfFees(spendableLamports, fees);
  const input = netLamports - 1n;
  if (input <= 0n) return refuse("QUOTE_UNAVAILABLE", "budget too small");
  const out = (reserves.baseReserves * input) / (reserves.quoteReservesLamports + input);
  if (out <= 0n) return refuse("QUOTE_UNAVAILABLE", "budget too small");
  return buyQuote(reserves, out, netLamports, charged);
}

/**
 * PumpSwap `sell`: proceeds of `baseAmountIn`. out = floor(E × in / (base + in)), less each fee
 * rounded up. Refuses with POOL_RESERVES_EMPTY or QUOTE_UNAVAILABLE.
 */
export function quoteSell(reserves: PoolReserves, baseAmountIn: bigint, fees: Fees): Result<SwapQuote> {
  const checked = tradable(reserves, baseAmountIn);
  if (!checked.ok) return checked;
  const quote = (reserves.quoteReservesLamports * baseAmountIn) / (reserves.baseReserves + baseAmountIn);
  const charged = feesOn(quote, fees);
  const user = quote - charged.lpFeeLamports - charged.protocolFeeLamports - charged.creatorFeeLamports;
  if (user <= 0n) return refuse("QUOTE_UNAVAILABLE", "amount too small");
  const leavesPool = quote - charged.lpFeeLamports;
  if (reserves.quoteVaultLamports !== undefined && leavesPool > reserves.quoteVaultLamports)
    return refuse("QUOTE_UNAVAILABLE", "more than the vault holds");
  const baseReserves = reserves.baseReserves + baseAmountIn;
  if (baseReserves > U64_MAX || quote > U64_MAX) return refuse("QUOTE_UNAVAILABLE", "amount exceeds 64 bits");
  return ok({
    baseAmount: baseAmountIn,
    quoteAmountLamports: quote,
    userQuoteAmountLamports: user,
    ...charged,
    after: { baseReserves, quoteReservesLamports: reserves.quoteReservesLamports - leavesPool },
  });
}

type SwapFees = Pick<SwapQuote, "lpFeeLamports" | "protocolFeeLamports" | "creatorFeeLamports">;

function tradable(reserves: PoolReserves, amount: bigint): Result<null> {
  if (reserves.baseReserves <= 0n || reserves.quoteReservesLamports <= 0n) return refuse("POOL_RESERVES_EMPTY");
  if (reserves.quoteVaultLamports !== undefined && reserves.quoteVaultLamports <= 0n) return refuse("POOL_RESERVES_EMPTY");
  if (amount <= 0n || amount > U64_MAX) return refuse("QUOTE_UNAVAILABLE", "amount out of range");
  return ok(null);
}

function feesOn(lamports: bigint, fees: Fees): SwapFees {
  return {
    lpFeeLamports: ceilDiv(lamports * fees.lpBps, BPS),
    protocolFeeLamports: ceilDiv(lamports * fees.protocolBps, BPS),
    creatorFeeLamports: ceilDiv(lamports * fees.creatorBps, BPS),
  };
}

function buyQuote(reserves: PoolReserves, baseAmount: bigint, quoteAmountLamports: bigint, charged: SwapFees): Result<SwapQuote> {
  const userQuoteAmountLamports = quoteAmountLamports + charged.lpFeeLamports + charged.protocolFeeLamports + charged.creatorFeeLamports;
  if (userQuoteAmountLamports > U64_MAX) return refuse("QUOTE_UNAVAILABLE", "cost exceeds 64 bits");
  return ok({
    baseAmount,
    quoteAmountLamports,
    userQuoteAmountLamports,
    ...charged,
    after: {
      baseReserves: reserves.baseReserves - baseAmount,
      quoteReservesLamports: reserves.quoteReservesLamports + quoteAmountLamports + charged.lpFeeLamports,
    },
  });
}
