import { createRng, type Rng } from "../../domain/random.ts";
import { openingBooks } from "../../workers/trader/trade.ts";
import { COINS, TOKEN_ACCOUNT_RENT } from "../chain/coins.ts";
import { drawParameters } from "../engine/parameters.ts";
import { NO_FAULTS, type SimulationOptions } from "../options.ts";
import type { WorldSetup } from "../world.ts";
import { EPOCH_MS } from "./epochs.ts";

/** What is due by the clock falls into an epoch's second half, after all that its beginning brings. */
const LATE_MS = 26_400;
/** After them, what is held is sold. */
export const EPOCHS = 10;
/** A lock, a pause or a cooldown that ends between the beginnings of two epochs. */
const BETWEEN_MS = 1.5 * EPOCH_MS;
/** What the simulated assessments say. */
const SOL_USD = 200;

/** Factors of one move of a price: within all limits, at them, beyond them. */
const MOVES = [0.2, 0.55, 0.8, 0.92, 0.95, 0.97, 0.99, 1.02, 1.09, 1.12, 1.15, 1.19, 1.24, 1.35, 1.6, 3] as const;
/** The same between an order's decision and its landing: better, a little worse, and too bad. */
const SLIPS = [1.08, 1.01, 0.995, 0.97, 0.9, 0.7, 0.4] as const;

/** What happens at the start of one epoch. */
export type Action =
  | { readonly type: "graduation"; readonly coin: number }
  /** A rug takes out one side of the pool; else the price changes along the curve. */
  | { readonly type: "move"; readonly coin: number; readonly factor: number; readonly isRug: boolean }
  | { readonly type: "state"; readonly state: "ACTIVE" | "REDUCING" | "HALTED" }
  | { readonly type: "lock"; readonly scope: "mint" | "creator" | "all"; readonly coin: number; readonly ms: number }
  /** Sells one coin, if it is held. */
  | { readonly type: "close"; readonly coin: number };

/** The price moves between the decision and the landing of a coin's order. */
export interface Slip {
  readonly coin: number;
  readonly side: "buy" | "sell";
  readonly attempt: number;
  readonly factor: number;
}

/** One market and one operator: all that two runs have in common. */
export interface Script {
  readonly seed: number;
  readonly setup: WorldSetup;
  readonly epochs: readonly Action[];
  readonly slips: readonly Slip[];
}

/** What a seed is about, whoever trades it. */
export function drawScript(seed: number): Script {
  const rng = createRng(`parity ${seed}`);
  const drawn = drawAligned(rng.fork("parameters"));
  const opening = openingBooks("paper-A", drawn.parameters, SOL_USD);
  if (!opening.ok) throw new Error("no opening cash");
  const { epochs, coins } = drawEpochs(rng);
  const slips = coins.flatMap((coin) => (rng.int(3) === 0 ? drawSlips(coin, rng) : []));
  // The books see a price that slips while a live sale is under way, and a sale on paper at once: whether the breaker
  // or the sale comes first is no question of the two.
  const isSold = slips.some(({ side }) => side === "sell");
  const parameters = isSold ? { ...drawn.parameters, maxDrawdownBps: 10_000, dailyLossLimitBps: 10_000 } : drawn.parameters;
  const setup = { parameters: { ...drawn, parameters }, openingLamports: opening.value.openingLamports };
  return { seed, setup, epochs, slips };
}

/**
 * Paper's guesses of the chain are what the chain does: its rent, its fees, no landing that fails, and a
 * delay that is no shorter than a transaction's. What ends by the clock ends where the epochs leave room.
 */
function drawAligned(rng: Rng): WorldSetup["parameters"] {
  const pick = <T>(...values: readonly [T, ...T[]]): T => values[rng.int(values.length)] ?? values[0];
  const drawn = drawParameters(rng);
  const { parameters } = drawn;
  return {
    ...drawn,
    parameters: {
      ...parameters,
      ataRentLamports: Number(TOKEN_ACCOUNT_RENT),
      networkFeeLamports: 5_000,
      // With more, entries move most of these pools too far.
      paperCapitalUsd: pick(500, 1_000, 3_000, 10_000),
      paperFailureBps: 0,
      paperLandingMinSlots: 3,
      signalExpiryMs: 60_000,
      maxHoldMs: LATE_MS + EPOCH_MS * pick(0, 1, 3, 50, 50),
      // A rung waits for two looks at least.
      markIntervalMs: parameters.ladderRungs === 1 ? pick(4_000, 6_000) : parameters.ladderRungs === 2 ? 3_000 : 1_500,
      entryCooldownMs: pick(0, 0, BETWEEN_MS),
      // A ledger that stops early shows little more.
      maxDrawdownBps: pick(300, 1_500, 9_000, 9_000),
      dailyLossLimitBps: pick(300, 1_000, 10_000, 10_000),
      breakerPauseMs: pick(BETWEEN_MS, 3_600_000),
      slippageBreachBps: pick(100, 300, 1_500),
      maxSlippageBreaches: pick(1, 2, 1_000),
      exitSlippageBps: pick(300, 1_500),
      trailingActivationBps: pick(500, 1_500),
      trailingDeltaBps: pick(500, 1_000),
    },
  };
}

function drawEpochs(rng: Rng): { readonly epochs: readonly Action[]; readonly coins: readonly number[] } {
  const first = rng.int(COINS.length);
  const epochs: Action[] = [];
  const coins: number[] = [];
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    const known = coins[rng.int(2) === 0 ? coins.length - 1 : rng.int(Math.max(1, coins.length))] ?? first;
    const what = coins.length === 0 ? 0 : rng.int(20);
    const before = epochs.at(-1);
    if (before?.type === "move" && before.factor > 1.05 && before.factor < 1.2 && rng.int(2) === 0) {
      // A gain that is lost again: what a trailing stop is for.
      epochs.push({ type: "move", coin: before.coin, factor: rng.int(2) === 0 ? 0.92 : 0.95, isRug: false });
    } else if (what < 8) {
      const coin = coins.length > 0 && rng.int(10) === 0 ? known : (first + coins.length) % COINS.length;
      if (!coins.includes(coin)) coins.push(coin);
      epochs.push({ type: "graduation", coin });
    } else if (what < 17) {
      epochs.push({ type: "move", coin: known, factor: MOVES[rng.int(MOVES.length)] ?? 1, isRug: rng.int(8) === 0 });
    } else epochs.push(drawOperator(known, (first + coins.length) % COINS.length, rng));
  }
  // Whatever is held still is sold, one after the other; the rest of them is left out once nothing is.
  for (const coin of coins) epochs.push({ type: "close", coin });
  return { epochs, coins };
}

function drawOperator(known: number, next: number, rng: Rng): Action {
  switch (rng.int(4)) {
    case 0:
      return { type: "state", state: (["ACTIVE", "ACTIVE", "REDUCING", "HALTED"] as const)[rng.int(4)] ?? "ACTIVE" };
    case 1:
      return { type: "lock", scope: (["mint", "creator", "all"] as const)[rng.int(3)] ?? "all", coin: next, ms: BETWEEN_MS };
    case 2:
      return { type: "state", state: "ACTIVE" };
    default:
      return { type: "close", coin: known };
  }
}

/** One side of a coin's trade, at most twice: more failures would outlast their epoch. */
function drawSlips(coin: number, rng: Rng): Slip[] {
  const side = rng.int(2) === 0 ? "buy" : "sell";
  const slip = (attempt: number): Slip => ({ coin, side, attempt, factor: SLIPS[rng.int(SLIPS.length)] ?? 1 });
  return rng.int(3) === 0 && side === "buy" ? [slip(1), slip(2)] : [slip(1)];
}

/** A quiet world: no faults, and nobody trades who is not in the script. */
export function quietOptions(seed: number, ledger: "paper-A" | "live-A"): SimulationOptions {
  return {
    seed,
    events: Number.MAX_SAFE_INTEGER,
    faults: NO_FAULTS,
    workload: {
      ledgers: [ledger],
      graduations: 0,
      meanGapMs: 0,
      operator: 0,
      volatility: 0,
      rug: 0,
      restores: false,
      canary: false,
    },
  };
}
