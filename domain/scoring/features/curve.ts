import type { ObservedSignature } from "../observations.ts";
import type { Past } from "./past.ts";
import { type FeatureSpecs, specsOf, type ValuesOf } from "./schema.ts";

const NO_CURVE = "the curve's history is late, or longer than the pages read";
const candidate = specsOf("curve", "candidate");
const history = specsOf("curve", "curve history");

/** How the coin came to graduate. */
export const CURVE_FEATURES = {
  tokenAgeS: candidate("s", 0, 30 * 86_400, "never", "since the curve's first transaction"),
  curveTrades: candidate("trades", 0, 5_000, "never", "successful curve transactions but creation and migration"),
  curveDurationS: candidate("s", 0, 30 * 86_400, "the graduation has no block time", "creation to graduation"),
  creationSlotShare: history("share of curve transactions", 0, 1, NO_CURVE, "in the slot of the creation, without it"),
  busiestSlotShare: history("share of curve transactions", 0, 1, NO_CURVE, "in the slot that holds most"),
  curveFailedShare: history("share of curve transactions", 0, 1, NO_CURVE, "that failed"),
} as const satisfies FeatureSpecs;

/** Features of the bonding curve's life. */
export function curveFeatures({ candidate: found, asOfMs, curveHistory }: Past): ValuesOf<typeof CURVE_FEATURES> {
  const { ageMs, discoveredAtMs, graduation, tradeCount } = found;
  const createdAtMs = ageMs >= 0 ? discoveredAtMs - ageMs : Number.NaN;
  return {
    tokenAgeS: Math.max(0, asOfMs - createdAtMs) / 1_000,
    curveTrades: tradeCount >= 0 ? tradeCount : null,
    curveDurationS: graduation.blockTimeMs === null ? null : Math.max(0, graduation.blockTimeMs - createdAtMs) / 1_000,
    ...slotShares(curveHistory?.isComplete === true ? curveHistory.rows : []),
  };
}

/** The creation itself is in the first slot, so it is not counted there. */
function slotShares(rows: readonly ObservedSignature[]) {
  const slots = rows.filter(({ failed }) => !failed).map(({ slot }) => slot);
  if (slots.length < 2) return { creationSlotShare: null, busiestSlotShare: null, curveFailedShare: null };
  const counts = new Map<number, number>();
  for (const slot of slots) counts.set(slot, (counts.get(slot) ?? 0) + 1);
  const first = slots.reduce((least, slot) => Math.min(least, slot));
  counts.set(first, (counts.get(first) ?? 0) - 1);
  const total = slots.length - 1;
  return {
    creationSlotShare: (counts.get(first) ?? 0) / total,
    busiestSlotShare: [...counts.values()].reduce((most, count) => Math.max(most, count)) / total,
    curveFailedShare: 1 - slots.length / rows.length,
  };
}
