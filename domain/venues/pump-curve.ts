import { ok, type Result, refuse } from "../result.ts";
import { ByteReader, ByteWriter, fromHex, startsWith } from "../solana/bytes.ts";
import { DEFAULT_ADDRESS, PUMP_TOKEN_SUPPLY, WSOL_MINT } from "../solana/programs.ts";
import { type Address, BPS, ceilDiv, U64_MAX } from "../units.ts";
import { type FeeConfig, type Fees, marketCapLamports, selectFees, totalFeeBps } from "./fee-config.ts";

/** A coin's bonding curve. Quote amounts are lamports unless `quoteMint` is another mint. */
export interface BondingCurve {
  readonly virtualTokenReserves: bigint;
  readonly virtualQuoteReserves: bigint;
  readonly realTokenReserves: bigint;
  readonly realQuoteReserves: bigint;
  readonly tokenTotalSupply: bigint;
  /** Sold out: no more curve trades, ready to migrate or migrated. */
  readonly complete: boolean;
  readonly creator: Address;
  readonly isMayhemMode: boolean;
  readonly isCashbackCoin: boolean;
  /** Wrapped SOL where the account holds the default key. */
  readonly quoteMint: Address;
  /** Per-coin creator fee; zero means the fee configuration's. */
  readonly creatorFeeBps: bigint;
  readonly canEditCreatorFee: boolean;
  readonly isHolderReward: boolean;
}

/** Starting state of a coin (pump Global account): 1,073 M virtual tokens against 30 SOL, 793.1 M for sale. */
export const INITIAL_VIRTUAL_TOKEN_RESERVES = 1_073_000_000_000_000n;
export const INITIAL_VIRTUAL_QUOTE_RESERVES_LAMPORTS = 30_000_000_000n;
export const INITIAL_REAL_TOKEN_RESERVES = 793_100_000_000_000n;
/** Taken from the raised SOL at migration (pump Global `pool_migration_fee`). */
export const POOL_MIGRATION_FEE_LAMPORTS = 15_000_001n;
/** Tokens that a migration puts into the pool: what is not for sale on the curve. */
export const MIGRATION_BASE_AMOUNT = PUMP_TOKEN_SUPPLY - INITIAL_REAL_TOKEN_RESERVES;

const BONDING_CURVE_DISCRIMINATOR = fromHex("17b7f83760d8ac60");
/** Allocated size since 2026; older accounts are shorter and lack the tail. */
const BONDING_CURVE_SIZE = 151;
/** The first version ended after `complete`. */
const BONDING_CURVE_MIN_SIZE = 49;

/** A new coin's curve. */
export function newBondingCurve(creator: Address): BondingCurve {
  return {
    virtualTokenReserves: INITIAL_VIRTUAL_TOKEN_RESERVES,
    virtualQuoteReserves: INITIAL_VIRTUAL_QUOTE_RESERVES_LAMPORTS,
    realTokenReserves: INITIAL_REAL_TOKEN_RESERVES,
    realQuoteReserves: 0n,
    tokenTotalSupply: PUMP_TOKEN_SUPPLY,
    complete: false,
    creator,
    isMayhemMode: false,
    isCashbackCoin: false,
    quoteMint: WSOL_MINT,
    creatorFeeBps: 0n,
    canEditCreatorFee: false,
    isHolderReward: false,
  };
}

/** Decodes a BondingCurve account of pump; a missing tail reads as zero. Refuses with CURVE_MALFORMED. */
export function decodeBondingCurve(data: Uint8Array): Result<BondingCurve> {
  if (!startsWith(data, BONDING_CURVE_DISCRIMINATOR)) return refuse("CURVE_MALFORMED", "wrong discriminator");
  if (data.length < BONDING_CURVE_MIN_SIZE) return refuse("CURVE_MALFORMED", `${data.length} bytes`);
  const reader = new ByteReader(data, 8);
  const curve: BondingCurve = {
    virtualTokenReserves: reader.u64(),
    virtualQuoteReserves: reader.u64(),
    realTokenReserves: reader.u64(),
    realQuoteReserves: reader.u64(),
    tokenTotalSupply: reader.u64(),
    complete: reader.bool(),
    creator: reader.address(),
    isMayhemMode: reader.bool(),
    isCashbackCoin: reader.bool(),
    quoteMint: quoteMintOf(reader.address()),
    creatorFeeBps: reader.u64(),
    canEditCreatorFee: reader.bool(),
    isHolderReward: reader.bool(),
  };
  return ok(curve);
}

/** Account data of a BondingCurve: 151 bytes; wrapped SOL is stored as the default key. */
export function encodeBondingCurve(curve: BondingCurve): Uint8Array {
  const writer = new ByteWriter().bytes(BONDING_CURVE_DISCRIMINATOR);
  writer.u64(curve.virtualTokenReserves).u64(curve.virtualQuoteReserves);
  writer.u64(curve.realTokenReserves).u64(curve.realQuoteReserves).u64(curve.tokenTotalSupply);
  writer.bool(curve.complete).address(curve.creator).bool(curve.isMayhemMode).bool(curve.isCashbackCoin);
  writer.address(curve.quoteMint === WSOL_MINT ? DEFAULT_ADDRESS : curve.quoteMint);
  writer.u64(curve.creatorFeeBps).bool(curve.canEditCreatorFee).bool(curve.isHolderReward);
  return writer.padTo(BONDING_CURVE_SIZE).toBytes();
}

/** The pump program writes SOL as the default key: reported as wrapped SOL. */
export function quoteMintOf(quoteMint: Address): Address {
  return quoteMint === DEFAULT_ADDRESS ? WSOL_MINT : quoteMint;
}

/**
 * Fees of the curve's next trade under pump's FeeConfig: the schedule by quote and market cap, the
 * creator share replaced by the coin's own rate where it has one and the program allows it
 * (`creatorFeeConfigurable` of Global: on since October 2026), and dropped without a creator.
 * Curves are valued at the initial supply, mayhem curves at the mint's `supply`. On mainnet the
 * curve's schedule has a single tier. The curve has no LP share.
 */
export function feesForCurve(config: FeeConfig, curve: BondingCurve, supply: bigint, creatorFeeConfigurable = true): Fees {
  const reserves = { baseReserves: curve.virtualTokenReserves, quoteReservesLamports: curve.virtualQuoteReserves };
  const marketCap = marketCapLamports(reserves, curve.isMayhemMode ? supply : PUMP_TOKEN_SUPPLY);
  const fees = { ...selectFees(config, marketCap, true, curve.quoteMint), lpBps: 0n };
  if (curve.creator === DEFAULT_ADDRESS) return { ...fees, creatorBps: 0n };
  return creatorFeeConfigurable && curve.creatorFeeBps > 0n ? { ...fees, creatorBps: curve.creatorFeeBps } : fees;
}

/** A trade on the curve, before it happens. */
export interface CurveQuote {
  readonly tokenAmount: bigint;
  /** What moves in or out of the curve's reserves. */
  readonly quoteAmountLamports: bigint;
  /** What the trader pays (buy) or receives (sell) after fees. */
  readonly userQuoteAmountLamports: bigint;
  readonly protocolFeeLamports: bigint;
  readonly creatorFeeLamports: bigint;
}

/** What a quote reads of a curve. */
export type CurveReserves = Pick<
  BondingCurve,
  "virtualTokenReserves" | "virtualQuoteReserves" | "realTokenReserves" | "realQuoteReserves" | "complete"
>;

/**
 * Cost of buying exactly `tokenAmount` (pump `buy`): floor(amount × virtual quote / (virtual tokens −
 * amount)) + 1, plus each fee rounded up. More than the curve has for sale is QUOTE_UNAVAILABLE.
 */
export function quoteCurveBuyExactTokens(curve: CurveReserves, tokenAmount: bigint, fees: Fees): Result<CurveQuote> {
  const checked = tradable(curve, tokenAmount);
  if (!checked.ok) return checked;
  if (tokenAmount > curve.realTokenReserves || tokenAmount >= curve.virtualTokenReserves)
    return refuse("QUOTE_UNAVAILABLE", "more tokens than the curve sells");
  const cost = (tokenAmount * curve.virtualQuoteReserves) / (curve.virtualTokenReserves - tokenAmount) + 1n;
  return buyQuote(tokenAmount, cost, feesOn(cost, fees));
}

/**
 * Tokens for a budget of `spendableLamports`, fees included (pump `buy_exact_sol_in`): the net
 * amount is the budget × 10,000 / (10,000 + fees), reduced when fees rounded up would exceed the
 * budget; the curve then takes net − 1. When the curve sells out, only what the rest costs is spent.
 */
export function quoteCurveBuyExactQuoteIn(curve: CurveReserves, spendableLamports: bigint, fees: Fees): Result<CurveQuote> {
  const checked = tradable(curve, spendableLamports);
  if (!checked.ok) return checked;
  const { netLamports, charged } = netOfFees(spendableLamports, fees);
  if (netLamports <= 1n) return refuse("QUOTE_UNAVAILABLE", "budget too small");
  const input = netLamports - 1n;
  const tokens = (input * curve.virtualTokenReserves) / (curve.virtualQuoteReserves + input);
  if (tokens <= 0n) return refuse("QUOTE_UNAVAILABLE", "budget too small");
  if (tokens >= curve.realTokenReserves) return quoteCurveBuyExactTokens(curve, curve.realTokenReserves, fees);
  return buyQuote(tokens, netLamports, charged);
}

/** Proceeds of selling `tokenAmount` (pump `sell`): floor(amount × virtual quote / (virtual tokens + amount)) less fees. */
export function quoteCurveSell(curve: CurveReserves, tokenAmount: bigint, fees: Fees): Result<CurveQuote> {
  const checked = tradable(curve, tokenAmount);
  if (!checked.ok) return checked;
  const gross = (tokenAmount * curve.virtualQuoteReserves) / (curve.virtualTokenReserves + tokenAmount);
  const charged = feesOn(gross, fees);
  const userQuoteAmountLamports = gross - charged.protocolFeeLamports - charged.creatorFeeLamports;
  if (gross > curve.realQuoteReserves) return refuse("QUOTE_UNAVAILABLE", "more than the curve holds");
  if (userQuoteAmountLamports <= 0n) return refuse("QUOTE_UNAVAILABLE", "amount too small");
  return ok({ tokenAmount, quoteAmountLamports: gross, userQuoteAmountLamports, ...charged });
}

/**
 * Splits a budget into the net amount and the fees on it (pump IDL, `buy_exact_sol_in`; PumpSwap
 * `buy_exact_quote_in` does the same with its three fees).
 */
export function netOfFees(
  spendableLamports: bigint,
  fees: Fees,
): { netLamports: bigint; charged: { lpFeeLamports: bigint; protocolFeeLamports: bigint; creatorFeeLamports: bigint } } {
  const net = (spendableLamports * BPS) / (BPS + totalFeeBps(fees));
  const charged = {
    lpFeeLamports: ceilDiv(net * fees.lpBps, BPS),
    protocolFeeLamports: ceilDiv(net * fees.protocolBps, BPS),
    creatorFeeLamports: ceilDiv(net * fees.creatorBps, BPS),
  };
  const surplus = net + charged.lpFeeLamports + charged.protocolFeeLamports + charged.creatorFeeLamports - spendableLamports;
  return { netLamports: surplus > 0n ? net - surplus : net, charged };
}

function tradable(curve: CurveReserves, amount: bigint): Result<null> {
  if (curve.complete) return refuse("QUOTE_UNAVAILABLE", "the curve is complete");
  if (curve.virtualTokenReserves <= 0n || curve.virtualQuoteReserves <= 0n) return refuse("POOL_RESERVES_EMPTY");
  if (amount <= 0n || amount > U64_MAX) return refuse("QUOTE_UNAVAILABLE", "amount out of range");
  return ok(null);
}

type CurveFees = Pick<CurveQuote, "protocolFeeLamports" | "creatorFeeLamports">;

function feesOn(lamports: bigint, fees: Fees): CurveFees {
  return {
    protocolFeeLamports: ceilDiv(lamports * fees.protocolBps, BPS),
    creatorFeeLamports: ceilDiv(lamports * fees.creatorBps, BPS),
  };
}

function buyQuote(
  tokenAmount: bigint,
  quoteAmountLamports: bigint,
  { protocolFeeLamports, creatorFeeLamports }: CurveFees,
): Result<CurveQuote> {
  const userQuoteAmountLamports = quoteAmountLamports + protocolFeeLamports + creatorFeeLamports;
  if (userQuoteAmountLamports > U64_MAX) return refuse("QUOTE_UNAVAILABLE", "cost exceeds 64 bits");
  return ok({ tokenAmount, quoteAmountLamports, userQuoteAmountLamports, protocolFeeLamports, creatorFeeLamports });
}
