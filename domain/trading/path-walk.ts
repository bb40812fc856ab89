import { PUMP_TOKEN_SUPPLY } from "../solana/programs.ts";
import type { UnixMs } from "../units.ts";
import { DEFAULT_FEE_CONFIG, marketCapLamports, selectFees, totalFeeBps } from "../venues/fee-config.ts";
import { landedCostLamports } from "./costs.ts";
import type { Market } from "./market.ts";
import { drawLanding, paperEvent } from "./paper-venue.ts";
import { reducePosition } from "./position.ts";
import { isSettled, type PositionEffect, type PositionState } from "./position-state.ts";

/** One sample of a recorded price path; samples ascend by `slot` and by `atMs`. */
export interface PathSample {
  readonly atMs: UnixMs;
  readonly slot: number;
  readonly baseReserves: bigint;
  /** Vault plus virtual quote reserves. */
  readonly quoteReservesLamports: bigint;
}

const TIER_FEE_BPS = DEFAULT_FEE_CONFIG.feeTiers.map((tier) => Number(totalFeeBps(tier.fees)));
const LEAST_FEE = Math.min(...TIER_FEE_BPS) / 10_000;
const MOST_FEE = Math.max(...TIER_FEE_BPS) / 10_000;
/** Far above the rounding of the few double operations in a bound, far below any threshold. */
const BOUND_SLACK = 1e-9;
/** Lamports that rounding up three fees and rounding down the product can make. */
const ROUNDING_LAMPORTS = 8;

/** The market of a canonical SOL pool at a sample. */
export function marketAt(sample: PathSample, supply: bigint = PUMP_TOKEN_SUPPLY): Market {
  const fees = selectFees(DEFAULT_FEE_CONFIG, marketCapLamports(sample, supply), true);
  return {
    slot: sample.slot,
    atMs: sample.atMs,
    baseReserves: sample.baseReserves,
    quoteReservesLamports: sample.quoteReservesLamports,
    fees,
  };
}

/** Values between which a mark changes nothing: above every stop, below what makes a peak or a take-profit. */
function bandOf({ plan, heldCostLamports, rungs, watch }: PositionState): { readonly low: number; readonly high: number } {
  const { trailingActivationBps, trailingDeltaBps, ladderStepBps } = plan.parameters;
  const cost = Number(heldCostLamports);
  const peak = watch.peakLamports === null ? null : Number(watch.peakLamports);
  const stop = cost * (1 - plan.stopLossBps / 10_000);
  const take = cost * (1 + (plan.takeProfitBps + rungs * ladderStepBps) / 10_000);
  return {
    low: peak === null ? stop : Math.max(stop, peak * (1 - trailingDeltaBps / 10_000)),
    high: Math.min(take, peak ?? cost * (1 + trailingActivationBps / 10_000)),
  };
}

/** What one step of a walk saw and did. */
export interface WalkStep {
  readonly market: Market;
  readonly effects: readonly PositionEffect[];
}

/**
 * Drives a position along a recorded path with the paper venue: every sample is a mark, the deadline
 * is looked at when it comes, and an order executes at its landing slot. Between two samples the
 * reserves are interpolated, so a fill lies in the decision's future but no decision sees it.
 */
export class PathWalk {
  readonly #path: readonly PathSample[];
  readonly #supply: bigint;
  #state: PositionState;
  /** Newest sample at or before the last look. */
  #index: number;
  #last: Market;

  /** @param from index of the sample on which the entry was decided */
  constructor(path: readonly PathSample[], from: number, planned: PositionState, market: Market, supply: bigint = PUMP_TOKEN_SUPPLY) {
    this.#path = path;
    this.#supply = supply;
    this.#index = from;
    this.#last = market;
    this.#state = reducePosition(planned, { type: "start", nowMs: market.atMs }).state;
  }

  get state(): PositionState {
    return this.#state;
  }

  /** Forbids a buy that has not landed yet. */
  cancelEntry(nowMs: UnixMs): void {
    this.#state = reducePosition(this.#state, { type: "cancel-entry", nowMs }).state;
  }

  /** The next step's time; null when the position is settled or the path ends before it. */
  nextAtMs(): UnixMs | null {
    return this.#look()?.atMs ?? null;
  }

  /** Takes the next step; null when there is none. */
  next(): WalkStep | null {
    const sample = this.#look();
    if (sample === null) return null;
    while (this.#index + 1 < this.#path.length && (this.#path[this.#index + 1]?.atMs ?? 0) <= sample.atMs) this.#index++;
    this.#last = sample === this.#last ? this.#last : marketAt(sample, this.#supply);
    const event = paperEvent(this.#state, this.#last, sample.atMs);
    if (event === null) throw new Error("a paper order was looked at before its landing slot");
    const step = reducePosition(this.#state, event);
    this.#state = step.state;
    return { market: this.#last, effects: step.effects };
  }

  /**
   * Passes over samples at which the position certainly holds and that leave nothing behind: not a
   * higher peak, not a take-profit that begins to last. The last of them is left to the reducer, whose
   * memory of the marks is then what every sample would have made it.
   */
  skipHolds(): void {
    const { status, order, closeRequested, plan, deadlineMs, mark } = this.#state;
    if (status !== "open" || order !== null || closeRequested || plan.isRehearsal || mark === null) return;
    const { parameters } = plan;
    const amount = Number(this.#state.heldBase);
    const fixed = Number(this.#state.rentLamports - landedCostLamports(parameters));
    const { low, high } = bandOf(this.#state);
    const collapse = Number(this.#state.entryQuoteReservesLamports) * (1 - parameters.liquidityCollapseBps / 10_000);
    const gap = 1 - parameters.priceGapBps / 10_000;
    // The sample after those passed over is compared with this mark, each of them with the one before.
    const floor = Math.max(low, Number(mark.valueLamports) * gap);
    let mostBefore = Number(mark.valueLamports);
    let isPassing = false;
    for (let index = this.#index + 1; ; index++) {
      const next = this.#path[index];
      if (next === undefined) return;
      if (next.atMs >= deadlineMs || next.baseReserves <= 0n) return;
      const quote = Number(next.quoteReservesLamports);
      const gross = (quote * amount) / (Number(next.baseReserves) + amount);
      const least = gross * (1 - MOST_FEE - BOUND_SLACK) - ROUNDING_LAMPORTS + fixed;
      const most = gross * (1 - LEAST_FEE + BOUND_SLACK) + ROUNDING_LAMPORTS + fixed;
      const isInBand = least > floor * (1 + BOUND_SLACK) && least > mostBefore * gap * (1 + BOUND_SLACK) && most < high * (1 - BOUND_SLACK);
      if (!isInBand || quote <= collapse * (1 + BOUND_SLACK)) return;
      if (isPassing) this.#index++;
      isPassing = true;
      mostBefore = most;
    }
  }

  /** Where the position looks next: the last market again, a sample, or a point between two. */
  #look(): PathSample | null {
    const { order, status, deadlineMs, plan } = this.#state;
    if (isSettled(this.#state)) return null;
    if (order !== null && !this.#state.entryCancelled) {
      const slot = order.decidedSlot + drawLanding(order.id, plan.parameters).delaySlots;
      return this.#between((sample) => sample.slot, slot);
    }
    if (status !== "open" || order !== null || deadlineMs <= this.#last.atMs) return this.#last;
    const sample = this.#path[this.#index + 1];
    if (sample !== undefined && sample.atMs <= deadlineMs) return sample;
    return this.#between((one) => one.atMs, deadlineMs);
  }

  /** The path at the point where `key` reaches `value`; null beyond its end. */
  #between(key: (sample: PathSample) => number, value: number): PathSample | null {
    let index = this.#index;
    let after = this.#path[index + 1];
    while (after !== undefined && key(after) < value) after = this.#path[++index + 1];
    const before = this.#path[index];
    if (before === undefined) return null;
    if (key(before) >= value) return before;
    if (after === undefined) return null;
    const share = BigInt(value - key(before));
    const whole = BigInt(key(after) - key(before));
    return {
      atMs: before.atMs + Math.round(((after.atMs - before.atMs) * (value - key(before))) / (key(after) - key(before))),
      slot: before.slot + Math.floor(((after.slot - before.slot) * (value - key(before))) / (key(after) - key(before))),
      baseReserves: before.baseReserves + ((after.baseReserves - before.baseReserves) * share) / whole,
      quoteReservesLamports: before.quoteReservesLamports + ((after.quoteReservesLamports - before.quoteReservesLamports) * share) / whole,
    };
  }
}
