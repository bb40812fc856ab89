import { FIRST_SLOT } from "../chain/chain.ts";
import { START_MS } from "../defaults.ts";

/**
 * One thing happens at the start of an epoch, and everything that follows from it ends within it, on paper and
 * live: the slowest is a ladder of three rungs, each marked, confirmed and landed.
 */
export const EPOCH_MS = 48_000;
/** Before the first epoch; midnight UTC then falls between the end of an epoch's trades and the next epoch. */
const FIRST_MS = 2_000;
/** Before the start of an epoch nothing happens for so long: what is read at it may be of a slot before it. */
const MARGIN_MS = 2_000;
const SLOT_MS = 400;

/** When an epoch begins. */
export function epochStartMs(epoch: number): number {
  return START_MS + FIRST_MS + epoch * EPOCH_MS;
}

/** The epoch that a moment is in. */
export function epochAt(ms: number): number {
  return Math.floor((ms - epochStartMs(0) + MARGIN_MS) / EPOCH_MS);
}

/** The epoch that a slot is in. */
export function epochOfSlot(slot: number): number {
  return epochAt(START_MS + (slot - FIRST_SLOT) * SLOT_MS);
}
