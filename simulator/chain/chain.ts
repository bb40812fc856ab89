import type { Rng } from "../../domain/random.ts";
import { ok, type Result, refuse } from "../../domain/result.ts";
import type { Order } from "../../domain/trading/position-state.ts";
import type { Address, Signature, UnixMs } from "../../domain/units.ts";
import { DEFAULT_FEE_CONFIG, type Fees } from "../../domain/venues/fee-config.ts";
import { feesForPool, type PoolReserves, quoteBuyExactQuoteIn, quoteSell, type SwapQuote } from "../../domain/venues/pump-swap.ts";
import type { FaultRates, Workload } from "../options.ts";
import type { Scheduler } from "../scheduler.ts";
import { type Coin, TOKEN_ACCOUNT_RENT } from "./coins.ts";

export const FIRST_SLOT = 300_000_000;
const SLOT_MS = 400;
/** A block is confirmed this many slots after it was made. */
const CONFIRM_SLOTS = 2;
export const FINAL_SLOTS = 32;
/** Others trade a pool once in so many slots. */
const TRADE_SLOTS = 8;

/** What a signed transaction of ours asks for. */
export interface Instruction {
  readonly intentId: string;
  readonly positionId: string;
  readonly side: Order["side"];
  readonly mint: Address;
  /** Lamports of a buy, base units of a sale. */
  readonly amountIn: bigint;
  readonly minOut: bigint;
  readonly closesAccount: boolean;
  readonly lastValidBlockHeight: number;
  readonly networkFeeLamports: bigint;
  readonly tipLamports: bigint;
}

/** What a landed transaction moved. */
export interface Moved {
  readonly baseAmount: bigint;
  /** Paid to the venue by a buy, got from it by a sale. */
  readonly quoteLamports: bigint;
  readonly venueFeeLamports: bigint;
  readonly rentLamports: bigint;
  readonly after: PoolReserves;
  readonly fees: Fees;
}

/** A signed transaction, whatever became of it. */
export interface Transaction {
  readonly signature: Signature;
  readonly instruction: Instruction;
  readonly signedAtMs: UnixMs;
  /** `loose`: nobody carries it; `flying`: on its way to a block; `processed`: in a block that a fork may drop. */
  status: "loose" | "flying" | "processed" | "confirmed";
  slot: number;
  error: string | null;
  moved: Moved | null;
}

interface Version {
  readonly slot: number;
  readonly base: bigint;
  readonly quote: bigint;
}

interface PoolLife {
  readonly coin: Coin;
  /** As of each slot at which it changed, oldest first. */
  readonly versions: Version[];
  readonly rng: Rng;
  tradedSlot: number;
  rugSlot: number;
}

interface Balance {
  readonly slot: number;
  readonly amount: bigint;
}

/**
 * The chain by its meaning: slots, block heights, blockhash expiry, forks, one landing per signature,
 * pools with the venue's own mathematics, a wallet. It knows no bytes. What landed here is what
 * happened; the engine's books are compared with it.
 */
export class Chain {
  readonly transactions = new Map<Signature, Transaction>();
  /** Tokens that nobody of us bought, by coin. */
  readonly airdropped = new Map<Address, bigint>();
  /** In the order of their landing. */
  readonly landed: Transaction[] = [];
  faults: FaultRates;
  readonly #scheduler: Scheduler;
  readonly #rng: Rng;
  readonly #workload: Workload;
  readonly #startMs: UnixMs;
  readonly #pools = new Map<Address, PoolLife>();
  /** Block height by slots since the start; some slots have no block. */
  readonly #heights: number[] = [FIRST_SLOT - 20_000];
  readonly #lamports: Balance[];
  readonly #tokens = new Map<Address, Balance[]>();
  readonly openingLamports: bigint;
  /**
   * Nobody trades but when `move` says so, and what our own trades do to a pool is traded back in their slot, as
   * paper takes it to be: there everybody meets the same reserves, whoever bought before.
   */
  isStill = false;
  #signatures = 0;

  constructor(scheduler: Scheduler, rng: Rng, faults: FaultRates, workload: Workload, openingLamports: bigint) {
    this.#scheduler = scheduler;
    this.#rng = rng;
    this.#workload = workload;
    this.faults = faults;
    this.#startMs = scheduler.nowMs;
    this.openingLamports = openingLamports;
    this.#lamports = [{ slot: 0, amount: openingLamports }];
  }

  /** The newest slot that has a block at any node. */
  get slot(): number {
    return FIRST_SLOT + Math.floor((this.#scheduler.nowMs - this.#startMs) / SLOT_MS);
  }

  /** The newest slot that is confirmed. */
  get confirmedSlot(): number {
    return this.slot - CONFIRM_SLOTS;
  }

  blockHeight(slot: number): number {
    const index = Math.max(0, slot - FIRST_SLOT);
    for (let i = this.#heights.length; i <= index; i++) {
      // About one slot in twenty has no block.
      const height = this.#heights[i - 1] ?? 0;
      this.#heights.push((i * 2_654_435_761) % 20 === 3 ? height : height + 1);
    }
    return (this.#heights[index] ?? 0) - (slot < FIRST_SLOT ? FIRST_SLOT - slot : 0);
  }

  /** Opens a coin's pool, at its graduation. */
  open(coin: Coin): void {
    // The graduation was some slots ago: even a node that lags a little knows the pool.
    const slot = this.slot - 12;
    const rugSlot = this.#rng.next() < this.#workload.rug ? slot + 20 + this.#rng.int(400) : Number.POSITIVE_INFINITY;
    this.#pools.set(coin.keys.mint, {
      coin,
      versions: [{ slot, base: coin.baseReserves, quote: coin.quoteReservesLamports }],
      rng: this.#rng.fork(`pool ${coin.keys.mint} ${slot}`),
      tradedSlot: slot,
      rugSlot,
    });
  }

  coinOf(mint: Address): Coin | null {
    return this.#pools.get(mint)?.coin ?? null;
  }

  get coins(): readonly Coin[] {
    return [...this.#pools.values()].map(({ coin }) => coin);
  }

  /** Others bring a pool to these reserves, from a slot on that may be still to come. */
  move(mint: Address, slot: number, base: bigint, quote: bigint): void {
    const life = this.#pools.get(mint);
    if (life !== undefined) this.#put(life, slot, base, quote);
  }

  /** A pool as of a slot; null before it was opened. */
  reserves(mint: Address, slot: number): PoolReserves | null {
    const life = this.#pools.get(mint);
    if (life === undefined) return null;
    this.#trade(life, Math.min(slot, this.confirmedSlot));
    const version = life.versions.findLast((one) => one.slot <= slot);
    if (version === undefined) return null;
    return { baseReserves: version.base, quoteReservesLamports: version.quote, quoteVaultLamports: version.quote };
  }

  fees(coin: Coin, reserves: PoolReserves): Fees {
    return feesForPool(DEFAULT_FEE_CONFIG, coin.pool, reserves, coin.supply, true);
  }

  lamports(slot = Number.POSITIVE_INFINITY): bigint {
    return this.#lamports.findLast((one) => one.slot <= slot)?.amount ?? 0n;
  }

  /** The wallet's tokens of a coin; null while it has no account of it. */
  tokens(mint: Address, slot = Number.POSITIVE_INFINITY): bigint | null {
    const amount = this.#tokens.get(mint)?.findLast((one) => one.slot <= slot)?.amount;
    return amount === undefined || amount < 0n ? null : amount;
  }

  /** Money that comes to or leaves the wallet beside the trades. */
  transfer(lamports: bigint): void {
    this.#setLamports(this.lamports() + lamports, this.confirmedSlot);
  }

  /** Tokens that somebody sent without being asked. */
  airdrop(coin: Coin, amount: bigint): void {
    this.airdropped.set(coin.keys.mint, amount);
    if (!this.#pools.has(coin.keys.mint)) this.open(coin);
    this.#setTokens(coin.keys.mint, (this.tokens(coin.keys.mint) ?? 0n) + amount, this.confirmedSlot);
  }

  /** A transaction comes to be with its signature; the chain does not know of it before it is broadcast. */
  signed(instruction: Instruction): Transaction {
    // 60 zero bytes and a number: 64 bytes as base58.
    const signature = `${"1".repeat(59)}${encodeNumber(++this.#signatures)}`;
    const transaction: Transaction = {
      signature,
      instruction,
      signedAtMs: this.#scheduler.nowMs,
      status: "loose",
      slot: 0,
      error: null,
      moved: null,
    };
    this.transactions.set(signature, transaction);
    return transaction;
  }

  /** Signed bytes reach a node. Those that are known already change nothing. */
  broadcast(signature: Signature): void {
    const transaction = this.transactions.get(signature);
    if (transaction === undefined || transaction.status !== "loose") return;
    if (this.#rng.next() < this.faults.sendDropped) return;
    this.#fly(transaction);
  }

  /** Whether a transaction can still come into a block. */
  mayLand(transaction: Transaction): boolean {
    return transaction.status !== "confirmed" && this.blockHeight(this.slot) <= transaction.instruction.lastValidBlockHeight;
  }

  #fly(transaction: Transaction): void {
    transaction.status = "flying";
    const isSlow = this.#rng.int(4) === 0;
    const slots = 1 + this.#rng.int(isSlow ? this.faults.sendMaxDelaySlots : 4);
    this.#scheduler.after(slots * SLOT_MS, `block ${transaction.instruction.intentId}`, () => this.#include(transaction));
  }

  #include(transaction: Transaction): void {
    const { slot } = this;
    if (this.blockHeight(slot) > transaction.instruction.lastValidBlockHeight) {
      transaction.status = "loose";
      return;
    }
    transaction.status = "processed";
    transaction.slot = slot;
    const isForked = this.#rng.next() < this.faults.forkedBlock;
    this.#scheduler.after(CONFIRM_SLOTS * SLOT_MS, `${isForked ? "fork" : "confirm"} ${transaction.instruction.intentId}`, () => {
      if (!isForked) return this.#confirm(transaction);
      // The block is not on the chain; who made it, or another, may still bring the transaction in.
      transaction.status = "loose";
      transaction.slot = 0;
      if (this.#rng.int(2) === 0) this.#fly(transaction);
    });
  }

  #confirm(transaction: Transaction): void {
    const { instruction, slot } = transaction;
    const isReverted = this.#rng.next() < this.faults.revertedTransaction;
    const moved = isReverted ? refuse("TX_REVERTED") : this.#execute(instruction, slot);
    transaction.status = "confirmed";
    this.landed.push(transaction);
    if (!moved.ok) {
      transaction.error = moved.detail ?? moved.reason;
      this.#setLamports(this.lamports() - instruction.networkFeeLamports, slot);
      return;
    }
    const { baseAmount, quoteLamports, rentLamports } = moved.value;
    transaction.moved = moved.value;
    const costs = instruction.networkFeeLamports + instruction.tipLamports;
    const flow = instruction.side === "buy" ? -quoteLamports - rentLamports : quoteLamports + rentLamports;
    this.#setLamports(this.lamports() + flow - costs, slot);
    const before = this.tokens(instruction.mint) ?? 0n;
    const after = instruction.side === "buy" ? before + baseAmount : before - baseAmount;
    this.#setTokens(instruction.mint, instruction.side === "sell" && instruction.closesAccount ? -1n : after, slot);
  }

  #execute(instruction: Instruction, slot: number): Result<Moved> {
    const { side, mint, amountIn, minOut, closesAccount, networkFeeLamports, tipLamports } = instruction;
    const life = this.#pools.get(mint);
    const reserves = this.reserves(mint, slot);
    if (life === undefined || reserves === null) return refuse("TX_REVERTED", "no pool");
    const fees = this.fees(life.coin, reserves);
    const held = this.tokens(mint);
    if (side === "buy") {
      const rentLamports = held === null ? TOKEN_ACCOUNT_RENT : 0n;
      if (amountIn + rentLamports + networkFeeLamports + tipLamports > this.lamports())
        return refuse("TX_REVERTED", "insufficient lamports");
      const quote = quoteBuyExactQuoteIn(reserves, amountIn, fees);
      if (!quote.ok || quote.value.baseAmount < minOut) return refuse("TX_REVERTED", "slippage");
      return ok(
        this.#swap(life, slot, reserves, quote.value, quote.value.baseAmount, quote.value.userQuoteAmountLamports, rentLamports, fees),
      );
    }
    if (held === null || held < amountIn) return refuse("TX_REVERTED", "insufficient tokens");
    if (closesAccount && held !== amountIn) return refuse("TX_REVERTED", "a full account cannot be closed");
    const quote = quoteSell(reserves, amountIn, fees);
    const rentLamports = closesAccount ? TOKEN_ACCOUNT_RENT : 0n;
    if (!quote.ok && minOut > 0n) return refuse("TX_REVERTED", "slippage");
    if (!quote.ok) {
      return ok({ baseAmount: amountIn, quoteLamports: 0n, venueFeeLamports: 0n, rentLamports, after: reserves, fees });
    }
    if (quote.value.userQuoteAmountLamports < minOut) return refuse("TX_REVERTED", "slippage");
    return ok(this.#swap(life, slot, reserves, quote.value, amountIn, quote.value.userQuoteAmountLamports, rentLamports, fees));
  }

  #swap(
    life: PoolLife,
    slot: number,
    met: PoolReserves,
    quote: SwapQuote,
    baseAmount: bigint,
    quoteLamports: bigint,
    rentLamports: bigint,
    fees: Fees,
  ): Moved {
    const venueFeeLamports = quote.lpFeeLamports + quote.protocolFeeLamports + quote.creatorFeeLamports;
    const moved = { baseAmount, quoteLamports, venueFeeLamports, rentLamports, fees };
    if (this.isStill) return { ...moved, after: met };
    this.#put(life, slot, quote.after.baseReserves, quote.after.quoteReservesLamports);
    return { ...moved, after: quote.after };
  }

  /** Others trade: a random walk, and now and then somebody takes nearly everything out. */
  #trade(life: PoolLife, slot: number): void {
    if (this.isStill) return;
    while (life.tradedSlot + TRADE_SLOTS <= slot) {
      life.tradedSlot += TRADE_SLOTS;
      const last = life.versions.at(-1);
      if (last === undefined || last.slot > life.tradedSlot) continue;
      if (life.tradedSlot >= life.rugSlot) {
        life.rugSlot = Number.POSITIVE_INFINITY;
        this.#put(life, life.tradedSlot, last.base, last.quote / 50n + 1n);
        continue;
      }
      const share = life.rng.normal() * this.#workload.volatility;
      const factor = BigInt(Math.round(1_000_000 * Math.min(2, Math.max(0.5, 1 + share))));
      const quote = (last.quote * factor) / 1_000_000n + 1n;
      const base = (last.base * last.quote) / quote + 1n;
      if (base < 2n ** 64n && quote < 2n ** 62n) this.#put(life, life.tradedSlot, base, quote);
    }
  }

  #put(life: PoolLife, slot: number, base: bigint, quote: bigint): void {
    const last = life.versions.at(-1);
    life.versions.push({ slot: Math.max(slot, last?.slot ?? 0), base, quote });
  }

  #setLamports(amount: bigint, slot: number): void {
    this.#lamports.push({ slot, amount });
  }

  #setTokens(mint: Address, amount: bigint, slot: number): void {
    const balances = this.#tokens.get(mint);
    if (balances === undefined) this.#tokens.set(mint, [{ slot, amount }]);
    else balances.push({ slot, amount });
  }
}

const DIGITS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/** Five characters: distinct up to 57^5. */
function encodeNumber(value: number): string {
  let text = "";
  for (let i = 0, rest = value; i < 5; i++, rest = Math.floor(rest / DIGITS.length)) text = (DIGITS[rest % DIGITS.length] ?? "2") + text;
  return text;
}
