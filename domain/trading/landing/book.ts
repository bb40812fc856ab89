import type { TradeCosts } from "../../journal/entry.ts";
import { ok, type Result, refuse } from "../../result.ts";
import { decodeTransaction } from "../../solana/decode.ts";
import type { ChainTransaction, TokenBalance } from "../../solana/transaction.ts";
import { type Address, BPS } from "../../units.ts";
import type { Fees } from "../../venues/fee-config.ts";
import type { CurveReserves } from "../../venues/pump-curve.ts";
import { feesForPool, type PoolReserves, poolReserves } from "../../venues/pump-swap.ts";
import type { Market } from "../market.ts";
import type { Order } from "../position-state.ts";
import { creationCostLamports, type TradeBasis } from "./basis.ts";
import type { ConfirmedTransaction } from "./confirmed.ts";
import type { Booking, Prepared } from "./intent.ts";
import { networkFeeLamports, type Trade, tradeOnCurve, tradeOnPool } from "./trade.ts";

/** A market at which nothing can be sold: worth nothing until the pool is read. */
const UNKNOWN_RESERVES: PoolReserves = { baseReserves: 0n, quoteReservesLamports: 0n };
const NO_FEES: Fees = { lpBps: 0n, protocolBps: 0n, creatorBps: 0n };

/** The pool as the transaction met it and left it. */
interface Met {
  readonly before: PoolReserves;
  readonly after: PoolReserves;
  readonly feesBefore: Fees;
  readonly feesAfter: Fees;
  readonly expected: Result<Trade>;
  /** Venue fees as the program's own event states them; null without an event. */
  readonly statedFeeLamports: bigint | null;
}

/**
 * Books a landed trade from the balances of its transaction: nothing is taken from a quote. Beside
 * it, the trade is computed again on the reserves that the transaction met; what moved and was not
 * computed is named in `differences`. What moved is booked also when the venue's side of it cannot be
 * read, as after a change of its program: then nothing is `expected`, and the market is empty. Refuses
 * with TX_MALFORMED when our own balances are not shown, with TX_MOVED_NOTHING when they show that no
 * tokens moved, and with TX_FAILED.
 */
export function bookTrade(side: Order["side"], prepared: Prepared, confirmed: ConfirmedTransaction): Result<Booking> {
  const { basis } = prepared;
  const { transaction, feeLamports, slot } = confirmed;
  if (transaction.failed) return refuse("TX_FAILED");
  const balances = new Balances(transaction);
  const walletDelta = balances.lamportsDelta(basis.wallet);
  const baseDelta = balances.lamportsDelta(basis.baseAccount);
  const quoteDelta = basis.venue === "pool" ? balances.lamportsDelta(basis.quoteAccount) : 0n;
  const isBuy = side === "buy";
  // A node without token balances shows no tokens either: that says nothing about what moved.
  const isShown = (isBuy ? balances.postTokens : balances.preTokens).has(basis.baseAccount);
  if (walletDelta === null || baseDelta === null || quoteDelta === null || !isShown) return refuse("TX_MALFORMED", "no balances of ours");
  const tokens = balances.tokenDelta(basis.baseAccount);
  const baseAmount = isBuy ? tokens : -tokens;
  if (baseAmount <= 0n) return refuse("TX_MOVED_NOTHING", `${tokens} base units`);

  const met = basis.venue === "pool" ? metPool(side, prepared, basis, balances) : metCurve(side, prepared, basis, transaction);
  const expectedTrade = met?.expected.ok ? met.expected.value : null;
  const otherRent = paidForOthers(basis, balances, expectedTrade?.creatorFeeLamports ?? 0n);
  const out = -(walletDelta + baseDelta + quoteDelta);
  const knownCosts = feeLamports + prepared.tipLamports + otherRent;
  const quoteLamports = isBuy ? out - knownCosts : knownCosts - out;
  // A sale that cost more than it brought paid for something that nobody knew of: a cost all the same.
  const unknownCosts = quoteLamports >= 0n ? 0n : isBuy ? quoteLamports : -quoteLamports;
  const moved = {
    baseAmount,
    quoteLamports: quoteLamports >= 0n ? quoteLamports : 0n,
    rentLamports: isBuy ? baseDelta : -baseDelta,
  };
  const actual: TradeCosts = {
    ...texts(moved),
    venueFeeLamports: (met?.statedFeeLamports ?? expectedTrade?.venueFeeLamports ?? 0n).toString(),
    networkFeeLamports: feeLamports.toString(),
    tipLamports: prepared.tipLamports.toString(),
    otherRentLamports: (otherRent + unknownCosts).toString(),
  };
  const expected: TradeCosts | null =
    expectedTrade === null
      ? null
      : {
          ...texts({
            baseAmount: expectedTrade.baseAmount,
            quoteLamports: expectedTrade.quoteLamports,
            rentLamports: isBuy
              ? basis.baseRentLamports - balances.before(basis.baseAccount)
              : basis.closesBase
                ? balances.before(basis.baseAccount)
                : 0n,
          }),
          venueFeeLamports: expectedTrade.venueFeeLamports.toString(),
          networkFeeLamports: networkFeeLamports(prepared.priorityFeeLamports).toString(),
          tipLamports: prepared.tipLamports.toString(),
          otherRentLamports: expectedForOthers(basis, balances).toString(),
        };
  const market: Market = { ...(met?.after ?? UNKNOWN_RESERVES), fees: met?.feesAfter ?? NO_FEES, slot, atMs: transaction.blockTimeMs ?? 0 };
  const fill = {
    slot,
    baseAmount: moved.baseAmount,
    quoteLamports: moved.quoteLamports,
    venueFeeLamports: BigInt(actual.venueFeeLamports),
    networkCostLamports: knownCosts + unknownCosts,
    tipLamports: prepared.tipLamports,
    otherRentLamports: otherRent + unknownCosts,
    rentLamports: moved.rentLamports,
    impactBps: met === null ? 0 : impactBps(side, met.before, expectedTrade),
  };
  return ok({ fill, actual, market, expected, differences: expected === null ? ["not computable"] : differences(expected, actual) });
}

/** What left the wallet's cash in a transaction that landed and moved no tokens. Null when its balances are not shown. */
export function costInVain({ basis }: Prepared, { transaction }: ConfirmedTransaction): bigint | null {
  const delta = new Balances(transaction).lamportsDelta(basis.wallet);
  return delta === null ? null : -delta;
}

function metPool(side: Order["side"], prepared: Prepared, basis: Extract<TradeBasis, { venue: "pool" }>, balances: Balances): Met | null {
  const { pool } = basis;
  const reservesOf = (list: ReadonlyMap<Address, TokenBalance>): PoolReserves | null => {
    const base = list.get(pool.poolBaseTokenAccount);
    const quote = list.get(pool.poolQuoteTokenAccount);
    return base === undefined || quote === undefined ? null : poolReserves(pool, base.amount, quote.amount);
  };
  const before = reservesOf(balances.preTokens);
  const after = reservesOf(balances.postTokens);
  if (before === null || after === null) return null;
  const feesBefore = feesForPool(basis.feeConfig, pool, before, basis.supply, basis.creatorFeeConfigurable);
  const feesAfter = feesForPool(basis.feeConfig, pool, after, basis.supply, basis.creatorFeeConfigurable);
  const expected = tradeOnPool(side, before, prepared.amountIn, feesBefore);
  return { before, after, feesBefore, feesAfter, expected, statedFeeLamports: statedPoolFee(side, basis, balances.transaction) };
}

function statedPoolFee(side: Order["side"], basis: Extract<TradeBasis, { venue: "pool" }>, transaction: ChainTransaction): bigint | null {
  const name = side === "buy" ? "Buy" : "Sell";
  const event = decodeTransaction(transaction).find(
    ({ name: found, fields }) => found === name && fields["user"] === basis.wallet && fields["pool"] === basis.poolAddress,
  );
  return event === undefined ? null : sumOf(event.fields, ["lp_fee", "protocol_fee", "coin_creator_fee", "cashback"]);
}

/** A curve's reserves are in no token balance: its own event tells them as they are after the trade. */
function metCurve(
  side: Order["side"],
  prepared: Prepared,
  basis: Extract<TradeBasis, { venue: "curve" }>,
  transaction: ChainTransaction,
): Met | null {
  const event = decodeTransaction(transaction).find(({ name, fields }) => name === "Trade" && fields["user"] === basis.wallet);
  if (event === undefined) return null;
  const read = (field: string) => sumOf(event.fields, [field]);
  const tokens = read("token_amount");
  const lamports = read("sol_amount");
  const virtualTokens = read("virtual_token_reserves");
  const virtualQuote = read("virtual_sol_reserves");
  const realTokens = read("real_token_reserves");
  const realQuote = read("real_sol_reserves");
  if (tokens === null || lamports === null || virtualTokens === null || virtualQuote === null || realTokens === null || realQuote === null)
    return null;
  const sign = side === "buy" ? 1n : -1n;
  const curve: CurveReserves = {
    virtualTokenReserves: virtualTokens + sign * tokens,
    virtualQuoteReserves: virtualQuote - sign * lamports,
    realTokenReserves: realTokens + sign * tokens,
    realQuoteReserves: realQuote - sign * lamports,
    complete: false,
  };
  return {
    before: { baseReserves: curve.virtualTokenReserves, quoteReservesLamports: curve.virtualQuoteReserves },
    after: { baseReserves: virtualTokens, quoteReservesLamports: virtualQuote },
    feesBefore: basis.fees,
    feesAfter: basis.fees,
    expected: tradeOnCurve(side, curve, prepared.amountIn, basis.fees),
    statedFeeLamports: sumOf(event.fields, ["fee", "creator_fee", "cashback"]),
  };
}

function sumOf(fields: Readonly<Record<string, unknown>>, names: readonly string[]): bigint | null {
  let sum = 0n;
  for (const name of names) {
    const value = fields[name];
    if (typeof value !== "string") return null;
    sum += BigInt(value);
  }
  return sum;
}

/** What we paid so that accounts of others exist: what they gained, less what the venue paid into them. */
function paidForOthers(basis: TradeBasis, balances: Balances, creatorFeeLamports: bigint): bigint {
  let paid = 0n;
  for (const { address, isWrapped, takesCreatorFee } of basis.creatables) {
    const gained = balances.lamportsDelta(address) ?? 0n;
    const fromVenue = (isWrapped ? balances.tokenDelta(address) : 0n) + (takesCreatorFee ? creatorFeeLamports : 0n);
    if (gained > fromVenue) paid += gained - fromVenue;
  }
  return paid;
}

/** The same, from what the accounts held before. */
function expectedForOthers(basis: TradeBasis, balances: Balances): bigint {
  return basis.creatables
    .filter(({ address }) => balances.has(address))
    .reduce((sum, creatable) => sum + creationCostLamports(creatable, balances.before(creatable.address)), 0n);
}

function texts(moved: { readonly baseAmount: bigint; readonly quoteLamports: bigint; readonly rentLamports: bigint }) {
  return {
    baseAmount: moved.baseAmount.toString(),
    quoteLamports: moved.quoteLamports.toString(),
    rentLamports: moved.rentLamports.toString(),
  };
}

function differences(expected: TradeCosts, actual: TradeCosts): string[] {
  const names = Object.keys(expected) as Array<keyof TradeCosts>;
  return names.filter((name) => expected[name] !== actual[name]).map((name) => `${name} ${actual[name]}, expected ${expected[name]}`);
}

/** How much worse than the pool's price our own amount made the trade, in basis points, rounded toward zero. */
function impactBps(side: Order["side"], before: PoolReserves, trade: Trade | null): number {
  if (trade === null) return 0;
  const atPrice = trade.baseAmount * before.quoteReservesLamports;
  const paid = trade.grossLamports * before.baseReserves;
  if (atPrice === 0n) return 0;
  return Number(((side === "buy" ? paid - atPrice : atPrice - paid) * BPS) / atPrice);
}

/** A transaction's balances by address. */
class Balances {
  readonly transaction: ChainTransaction;
  readonly preTokens: ReadonlyMap<Address, TokenBalance>;
  readonly postTokens: ReadonlyMap<Address, TokenBalance>;

  constructor(transaction: ChainTransaction) {
    this.transaction = transaction;
    this.preTokens = new Map(transaction.preTokenBalances.map((balance) => [balance.account, balance]));
    this.postTokens = new Map(transaction.postTokenBalances.map((balance) => [balance.account, balance]));
  }

  has(address: Address): boolean {
    return this.transaction.accountKeys.includes(address);
  }

  /** Lamports before the transaction; 0 for an account that it does not name. */
  before(address: Address): bigint {
    return this.transaction.preBalances[this.transaction.accountKeys.indexOf(address)] ?? 0n;
  }

  /** Null when the transaction does not name the account. */
  lamportsDelta(address: Address): bigint | null {
    const index = this.transaction.accountKeys.indexOf(address);
    const before = this.transaction.preBalances[index];
    const after = this.transaction.postBalances[index];
    return before === undefined || after === undefined ? null : after - before;
  }

  tokenDelta(address: Address): bigint {
    return (this.postTokens.get(address)?.amount ?? 0n) - (this.preTokens.get(address)?.amount ?? 0n);
  }
}
