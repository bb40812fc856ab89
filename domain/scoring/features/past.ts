import { holderShares } from "../../safety/holder-gates.ts";
import type { AccountsRead, HoldersRead, MoodRead, Observations, SignatureHistory } from "../observations.ts";

declare const CUT: unique symbol;

/**
 * Observations of which nothing lies after `asOfSlot` and `asOfMs`. Features are functions of this type,
 * and only `pastOf` makes it: that is what keeps the future out of them.
 */
export interface Past extends Observations {
  readonly [CUT]: true;
  /** The newest batch of accounts, null when none was read in time. */
  readonly account: AccountsRead | null;
  readonly holder: HoldersRead | null;
}

/**
 * A copy without anything that happened, or was read, after the moment of judgement. Chain data is cut
 * by slot, everything else by time. A page of a node, a search or a query of our own is one reading: what
 * was read too late as a whole is gone as a whole, however old its contents.
 */
export function pastOf(observed: Observations): Past {
  const { asOfMs, asOfSlot } = observed;
  const bySlot = <T extends { readonly slot: number }>(rows: readonly T[]): T[] => rows.filter(({ slot }) => slot <= asOfSlot);
  const history = (all: SignatureHistory | null) => all && { ...all, rows: bySlot(all.rows) };
  const accounts = bySlot(observed.accounts);
  const holders = observed.holders.filter(({ readAtMs }) => readAtMs <= asOfMs);
  const { creation, social, creatorRecord, marketRecord } = observed;
  const past: Omit<Past, typeof CUT> = {
    asOfMs,
    asOfSlot,
    candidate: observed.candidate,
    accounts,
    holders,
    account: newest(accounts, ({ slot }) => slot),
    holder: newest(holders, ({ readAtMs }) => readAtMs),
    curveHistory: history(observed.curveHistory),
    poolHistory: history(observed.poolHistory),
    creation: creation === null || creation.slot > asOfSlot ? null : { ...creation, trades: bySlot(creation.trades) },
    trades: observed.trades && bySlot(observed.trades),
    social:
      social === null || social.fetchedAtMs > asOfMs
        ? null
        : { ...social, posts: social.posts.filter(({ createdAtMs }) => createdAtMs <= asOfMs) },
    moods: observed.moods.filter(({ readAtMs }) => readAtMs <= asOfMs),
    creatorRecord: creatorRecord && {
      coins: creatorRecord.coins
        .filter(({ seenAtMs }) => seenAtMs <= asOfMs)
        .map((coin) => (coin.closedAtMs === null || coin.closedAtMs <= asOfMs ? coin : { ...coin, closedAtMs: null, change: null })),
    },
    marketRecord: marketRecord && {
      paths: marketRecord.paths.filter(({ closedAtMs }) => closedAtMs <= asOfMs),
      sol: marketRecord.sol.filter(({ atMs }) => atMs <= asOfMs),
    },
  };
  return past as Past;
}

/** The newest mood of one scorer. */
export function moodOf({ moods }: Past, scorer: MoodRead["scorer"]): number | null {
  return (
    newest(
      moods.filter((read) => read.scorer === scorer),
      ({ readAtMs }) => readAtMs,
    )?.mood ?? null
  );
}

/** Shares of the supply; the creator's is of the accounts, the others of the largest holders. */
export function sharesOf({ account, holder }: Past) {
  const largest = holder?.largest.map(({ owner, amount }) => ({ address: owner, amount })) ?? null;
  return holderShares(account?.supply ?? null, largest, new Set(), account?.creatorHolds ?? null);
}

function newest<T>(rows: readonly T[], timeOf: (row: T) => number): T | null {
  let best: T | null = null;
  for (const row of rows) if (best === null || timeOf(row) > timeOf(best)) best = row;
  return best;
}
