import { createRng } from "../random.ts";
import { PUMP_TOKEN_SUPPLY } from "../solana/programs.ts";
import type { EntryPlan } from "./entry.ts";
import { planEntry } from "./entry.ts";
import { type Market, SLOT_MS } from "./market.ts";
import { builtinParameters, type Parameters } from "./parameters.ts";
import type { PathSample } from "./path-walk.ts";
import { marketAt } from "./path-walk.ts";
import { type PositionPlan, positionPlan } from "./position-state.ts";
import type { Signal } from "./signal.ts";

/** Builders for tests: a pool as a graduation leaves it, and what is decided on it. */

export const NOW_MS = 1_790_000_000_000;
export const OPENING_QUOTE = 84_990_359_056n;
export const OPENING_BASE = 206_900_000_000_000n;
const PRODUCT = OPENING_QUOTE * OPENING_BASE;
export const MINT = "Mint1111111111111111111111111111111111pump";

/** Nothing fails to land and entries follow each other at once, unless a test wants it. */
export const PARAMETERS: Parameters = { ...builtinParameters("default"), paperFailureBps: 0, entryCooldownMs: 0 };

/** The market after the price moved by `moveBps` from the opening, at a slot. */
export function marketMoved(moveBps: number, slot = 1_000, atMs = NOW_MS): Market {
  return marketAt(sampleMoved(moveBps, slot, atMs));
}

export function sampleMoved(moveBps: number, slot: number, atMs: number): PathSample {
  const root = Math.sqrt(1 + moveBps / 10_000);
  const quoteReservesLamports = BigInt(Math.round(Number(OPENING_QUOTE) * root));
  return { slot, atMs, quoteReservesLamports, baseReserves: PRODUCT / quoteReservesLamports };
}

export function signalFor(mint: string = MINT, overrides: Partial<Signal> = {}): Signal {
  return {
    id: `${mint}:signature`,
    mint,
    pool: `pool-${mint}`,
    creator: `creator-${mint}`,
    symbol: "TEST",
    score: 75,
    assessedAtMs: NOW_MS,
    expiresAtMs: NOW_MS + PARAMETERS.signalExpiryMs,
    baseReserves: OPENING_BASE,
    quoteReservesLamports: OPENING_QUOTE,
    solUsd: 200,
    parameterVersion: "test",
    modelVersion: null,
    ledger: "paper-A",
    ...overrides,
  };
}

export function keysFor(signal: Signal) {
  return { mint: signal.mint, pool: signal.pool, baseVault: `base-${signal.mint}`, quoteVault: `quote-${signal.mint}` };
}

/** A plan decided at slot 1,000 on the opening market. */
export function planFor(parameters: Parameters = PARAMETERS, sizeLamports = 500_000_000n, signal = signalFor()): PositionPlan {
  const entry = planEntry(signal.score, sizeLamports, marketMoved(0), parameters);
  if (!entry.ok) throw new Error(entry.reason);
  const position = { positionId: `${signal.ledger}-${signal.mint}`, ledger: signal.ledger, signal, keys: keysFor(signal), parameters };
  return positionPlan(position, entry.value satisfies EntryPlan, marketMoved(0), NOW_MS);
}

/** A seeded random walk of the price, one sample per `sampleMs`. */
export function randomPath(seed: string, length: number, volatility: number, sampleMs = 10_000): PathSample[] {
  const rng = createRng(seed);
  const path: PathSample[] = [];
  let logQuote = Math.log(Number(OPENING_QUOTE));
  for (let i = 0; i < length; i++) {
    const quoteReservesLamports = BigInt(Math.max(1, Math.round(Math.exp(logQuote))));
    path.push({
      atMs: NOW_MS + i * sampleMs,
      slot: 1_000 + Math.round((i * sampleMs) / SLOT_MS),
      quoteReservesLamports,
      baseReserves: PRODUCT / quoteReservesLamports,
    });
    logQuote += volatility * rng.normal();
  }
  return path;
}

export const SUPPLY = PUMP_TOKEN_SUPPLY;
