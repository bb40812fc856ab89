import type { Candidate } from "../candidate.ts";
import type { Finding } from "../scoring/assessment.ts";
import type { Address } from "../units.ts";
import { bundleWallets, judgeBundle } from "./bundle-gates.ts";
import { judgeCreator, judgeKnown, type KnownHistory } from "./creator-gates.ts";
import type { CreationSlot, Funding, PoolTrade } from "./history.ts";
import { type HolderShares, judgeHolders } from "./holder-gates.ts";
import { judgeTrades, type PricePoint } from "./trade-gates.ts";

/** What is known of how people behave around a token. Null and empty mean unknown: no finding, and not clean either. */
export interface Evidence {
  readonly candidate: Pick<Candidate, "graduation">;
  readonly supply: bigint | null;
  readonly creator: Address | null;
  readonly creatorHolds: bigint | null;
  readonly holders: HolderShares;
  readonly creation: CreationSlot | null;
  readonly fundings: readonly Funding[];
  readonly trades: readonly PoolTrade[];
  /** Reserves as read. */
  readonly reserves: PricePoint | null;
  readonly known: KnownHistory | null;
}

/** Every gate that judges holders and history rather than accounts. */
export function judgeBehaviour(evidence: Evidence): Finding[] {
  const { candidate, supply, creator, creatorHolds, holders, creation, fundings, trades, reserves, known } = evidence;
  const { slot, baseAmount, quoteAmountLamports } = candidate.graduation;
  const opening = slot === null ? [] : [{ slot, baseReserves: baseAmount, quoteReservesLamports: quoteAmountLamports }];
  const bundled = creation === null ? [] : bundleWallets(creation).map(({ wallet }) => wallet);
  const insiders = new Set([...(creator === null ? [] : [creator]), ...(creation?.creators ?? []), ...bundled]);
  return [
    ...judgeHolders(holders),
    ...judgeBundle({ supply, creation, fundings }),
    ...judgeCreator({ supply, creation, holds: creatorHolds, trades, creator }),
    ...judgeTrades({ trades, insiders, prices: [...opening, ...(reserves === null ? [] : [reserves])] }),
    ...(known === null ? [] : judgeKnown(known)),
  ];
}
