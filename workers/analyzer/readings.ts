import type { SignatureInfo } from "../../adapters/rpc/client.ts";
import type { KnownHistory } from "../../domain/safety/creator-gates.ts";
import type { Holder } from "../../domain/safety/holder-gates.ts";
import {
  type CreatorRecord,
  HISTORY_PAGE,
  type HoldersRead,
  MAX_HOLDERS,
  type SignatureHistory,
} from "../../domain/scoring/observations.ts";
import type { Address } from "../../domain/units.ts";

/** A page of signatures as the features see it. */
export function historyOf(rows: readonly SignatureInfo[] | null): SignatureHistory | null {
  return rows === null ? null : { rows, isComplete: rows.length < HISTORY_PAGE };
}

/** The holders that are nobody's vault, largest first. */
export function holdersRead(
  list: readonly Holder[] | null,
  vaults: ReadonlySet<Address>,
  how: Pick<HoldersRead, "isByOwner" | "readAtMs">,
): HoldersRead | null {
  if (list === null) return null;
  const largest = list
    .filter(({ address }) => !vaults.has(address))
    .map(({ address, amount }) => ({ owner: address, amount }))
    .sort((a, b) => (a.amount < b.amount ? 1 : a.amount > b.amount ? -1 : 0));
  return { ...how, isComplete: list.length < MAX_HOLDERS, largest };
}

/** The same as the gates see them. */
export function asHolders({ largest }: HoldersRead): Holder[] {
  return largest.map(({ owner, amount }) => ({ address: owner, amount }));
}

/** What the gates of our own records look at. Of copied metadata we know nothing: records keep no hash of it. */
export function knownOf(record: CreatorRecord | null, mint: Address): KnownHistory | null {
  if (record === null) return null;
  const others = new Set(record.coins.filter((coin) => coin.mint !== mint).map((coin) => coin.mint));
  return { creatorLaunches: others.size, metadataCopies: null };
}
