import { ok, type Result, refuse } from "../result.ts";
import type { SignKind } from "./types.ts";

/** Ids of a position's orders: `<position>:<side>:<attempt>`. */
const ORDER_ID = /^(.+):(buy|sell):([1-9][0-9]{0,8})$/s;
/** Above every attempt of an entry: a position sells only after it bought, and never buys again. */
const FIRST_EXIT_RANK = 1_000_000_000;

/** An order among those of its position, in the order in which they can be made. */
export interface OrderKey {
  readonly positionId: string;
  readonly rank: number;
}

/** The order that an intent carries; null for an intent that is no position's order, such as a sweep. */
export function orderOf(intentId: string): (OrderKey & { readonly isBuy: boolean }) | null {
  const [, positionId, side, attempt] = ORDER_ID.exec(intentId) ?? [];
  if (positionId === undefined) return null;
  const isBuy = side === "buy";
  return { positionId, isBuy, rank: Number(attempt) + (isBuy ? 0 : FIRST_EXIT_RANK) };
}

/** The order as the message shows it: an exit is one, whatever its intent is called. */
export function judgedOrder(intentId: string, kind: SignKind): OrderKey | null {
  const order = orderOf(intentId);
  if (order === null) return null;
  const { positionId, rank, isBuy } = order;
  return { positionId, rank: isBuy && kind !== "entry" ? rank + FIRST_EXIT_RANK : rank };
}

/** Ranks among which a lost order of an intent is looked for, and from which end. */
export function sameSide(rank: number): { readonly from: number; readonly to: number; readonly newest: boolean } {
  // Of buys one lands at most, and the newest was signed because the others could not any more; every sale counts.
  return rank < FIRST_EXIT_RANK
    ? { from: rank, to: FIRST_EXIT_RANK - 1, newest: true }
    : { from: rank, to: 2 * FIRST_EXIT_RANK, newest: false };
}

/**
 * Whether an order may be signed after the newest one of its position. Orders are signed in their order, so
 * that nothing is bought once a sale was signed, and only for somebody who knows the newest: a position that
 * was restored to an earlier point would trade a second time on what it forgot. Refuses with SIGN_POSITION_AHEAD.
 */
export function checkOrder(newestRank: number | null, { positionId, rank }: OrderKey, after: string | null): Result<null> {
  if (newestRank === null) return ok(null);
  const known = after === null ? null : orderOf(after);
  const knownRank = known?.positionId === positionId ? known.rank : 0;
  if (newestRank >= rank) return refuse("SIGN_POSITION_AHEAD", "a later order of the position is signed");
  return newestRank > knownRank ? refuse("SIGN_POSITION_AHEAD", "an order that was signed is not known") : ok(null);
}

/** Positions of rehearsals: each is a person's own doing, and the same coin may serve again. */
const REHEARSAL_PREFIX = "rehearsal:";

/** Whether a position has its coin for itself: rehearsals do not. */
export function claimsCoin({ positionId }: OrderKey): boolean {
  return !positionId.startsWith(REHEARSAL_PREFIX);
}

/**
 * Whether a coin may be bought by a position, when `buyer` is the first one that a buy of it was signed for. A coin is
 * bought for one position only, for good: books that were restored to an earlier point would grant it to
 * another, while the first one's transaction is still on its way. Refuses with SIGN_COIN_TAKEN.
 */
export function checkCoin(buyer: string | null, { positionId }: OrderKey): Result<null> {
  return buyer === null || buyer === positionId ? ok(null) : refuse("SIGN_COIN_TAKEN", buyer);
}
