import { ByteReader, fromHex, startsWith } from "../solana/bytes.ts";
import { INSTRUCTION_DISCRIMINATOR } from "../solana/discriminators.ts";
import type { DecodedEvent } from "../solana/event-decoder.ts";
import { PUMP_PROGRAM, PUMP_SWAP_PROGRAM, SYSTEM_PROGRAM } from "../solana/programs.ts";
import type { ChainInstruction, ChainTransaction, TokenBalance } from "../solana/transaction.ts";
import type { Address } from "../units.ts";

/** A swap in the pool that landed, or one that was tried and failed. */
export interface PoolTrade {
  readonly slot: number;
  readonly side: "buy" | "sell";
  /** Who traded; the payer of the fee may be another. */
  readonly user: Address;
  readonly failed: boolean;
  /** Base units; zero for a failed swap. */
  readonly baseAmount: bigint;
  /** What the trader paid or got, fees included; zero for a failed swap. */
  readonly quoteLamports: bigint;
  /** Reserves that the event states the swap was priced on; null when it failed or states none. */
  readonly before: { readonly baseReserves: bigint; readonly quoteReservesLamports: bigint } | null;
  /** Whether the stated reserves are the vaults' balances before the transaction; null when that cannot be told. */
  readonly statesVaults: boolean | null;
}

/** A trade on the bonding curve that landed. */
export interface CurveTrade {
  readonly slot: number;
  readonly side: "buy" | "sell";
  readonly user: Address;
  readonly payer: Address;
  readonly tokenAmount: bigint;
}

/** What happened in the slot in which a coin was created. */
export interface CreationSlot {
  readonly slot: number;
  /** Who created the coin, and whom they named as its creator. */
  readonly creators: readonly Address[];
  readonly trades: readonly CurveTrade[];
  /** False when the slot holds more transactions than were decoded: sums are lower bounds. */
  readonly isComplete: boolean;
}

/** SOL that moved from one wallet to another. */
export interface Funding {
  readonly from: Address;
  readonly to: Address;
  readonly lamports: bigint;
}

const SWAPS: ReadonlyArray<readonly [side: PoolTrade["side"], discriminator: Uint8Array]> = [
  ["buy", fromHex(INSTRUCTION_DISCRIMINATOR.buy)],
  ["buy", fromHex(INSTRUCTION_DISCRIMINATOR.buyExactQuoteIn)],
  ["sell", fromHex(INSTRUCTION_DISCRIMINATOR.sell)],
];
/** System program instructions that move lamports (solana system_instruction.rs): type and index of the receiver. */
const SYSTEM_TRANSFERS: ReadonlyMap<number, number> = new Map([
  [0, 1],
  [2, 1],
  [11, 2],
]);

/** Swaps of `pool` in one transaction: from its events when it landed, from its instructions when it failed. */
export function poolTradesIn(tx: ChainTransaction, events: readonly DecodedEvent[], pool: Address): PoolTrade[] {
  const { slot } = tx;
  if (slot === null) return [];
  if (tx.failed) return attempts(tx, slot, pool);
  const swaps = events.filter(({ program, name, fields }) => program === PUMP_SWAP_PROGRAM && isSwap(name) && fields["pool"] === pool);
  return swaps.map(({ name, fields }) => {
    const side = name === "Buy" ? "buy" : "sell";
    const baseReserves = amount(fields["pool_base_token_reserves"]);
    const vaultLamports = amount(fields["pool_quote_token_reserves"]);
    return {
      slot,
      side,
      user: String(fields["user"]),
      failed: false,
      baseAmount: amount(fields[side === "buy" ? "base_amount_out" : "base_amount_in"]),
      // `buy` and `buy_exact_quote_in` fill the net and the total amount the other way about.
      quoteLamports:
        side === "buy"
          ? larger(amount(fields["quote_amount_in"]), amount(fields["user_quote_amount_in"]))
          : amount(fields["user_quote_amount_out"]),
      before:
        baseReserves > 0n && vaultLamports > 0n
          ? { baseReserves, quoteReservesLamports: vaultLamports + amount(fields["virtual_quote_reserves"]) }
          : null,
      // After the first swap of a transaction the balances before it say nothing.
      statesVaults: swaps.length === 1 ? statesVaults(tx.preTokenBalances, pool, baseReserves, vaultLamports) : null,
    };
  });
}

/** The trades of `mint` on its curve in one transaction, in order. */
export function curveTradesIn(tx: ChainTransaction, events: readonly DecodedEvent[], mint: Address): CurveTrade[] {
  const payer = tx.accountKeys[0];
  const { slot } = tx;
  if (payer === undefined || slot === null || tx.failed) return [];
  return events
    .filter(({ program, name, fields }) => program === PUMP_PROGRAM && name === "Trade" && fields["mint"] === mint)
    .map(({ fields }) => ({
      slot,
      side: fields["is_buy"] === true ? "buy" : "sell",
      user: String(fields["user"]),
      payer,
      tokenAmount: amount(fields["token_amount"]),
    }));
}

/** Who created `mint`, when this is the transaction that did; else empty. */
export function creatorsIn(events: readonly DecodedEvent[], mint: Address): Address[] {
  const creation = events.find(({ program, name, fields }) => program === PUMP_PROGRAM && name === "Create" && fields["mint"] === mint);
  return creation === undefined ? [] : [...new Set([creation.fields["user"], creation.fields["creator"]].map(String))];
}

/** Plain transfers of SOL in a transaction that landed. */
export function fundingsIn(tx: ChainTransaction): Funding[] {
  if (tx.failed) return [];
  return tx.instructions.flatMap((top) => [top, ...top.inner].flatMap(readTransfer));
}

function readTransfer({ programId, accounts, data }: ChainInstruction): Funding[] {
  if (programId !== SYSTEM_PROGRAM) return [];
  const reader = new ByteReader(data);
  const receiver = SYSTEM_TRANSFERS.get(reader.u32());
  const lamports = reader.u64();
  const [from, to] = receiver === undefined ? [] : [accounts[0], accounts[receiver]];
  return reader.overrun || from === undefined || to === undefined || from === to ? [] : [{ from, to, lamports }];
}

function attempts(tx: ChainTransaction, slot: number, pool: Address): PoolTrade[] {
  return tx.instructions
    .flatMap((top) => [top, ...top.inner])
    .flatMap(({ programId, accounts, data }) => {
      // PumpSwap's swaps name the pool first and the trader second (IDL 2026-07).
      const [named, user] = accounts;
      const swap = SWAPS.find(([, discriminator]) => startsWith(data, discriminator));
      if (programId !== PUMP_SWAP_PROGRAM || named !== pool || user === undefined || swap === undefined) return [];
      return [{ slot, side: swap[0], user, failed: true, baseAmount: 0n, quoteLamports: 0n, before: null, statesVaults: null }];
    });
}

function statesVaults(balances: readonly TokenBalance[], pool: Address, base: bigint, quote: bigint): boolean | null {
  const held = balances.filter(({ owner }) => owner === pool).map((balance) => balance.amount);
  // A pool that is its own owner of exactly two token accounts is the usual case; anything else is not judged.
  if (held.length !== 2) return null;
  return held.includes(base) && held.includes(quote);
}

function isSwap(name: DecodedEvent["name"]): boolean {
  return name === "Buy" || name === "Sell";
}

function amount(value: unknown): bigint {
  return typeof value === "string" && /^-?\d{1,39}$/.test(value) ? BigInt(value) : 0n;
}

function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
