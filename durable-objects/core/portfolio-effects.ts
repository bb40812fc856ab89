import type { PortfolioEffect, PortfolioState } from "../../domain/trading/portfolio-state.ts";
import { positionOf } from "../stubs.ts";

/** What the books ask of positions. */
export type Outgoing = Exclude<PortfolioEffect, { type: "journal" }>;

/** Tells the position what the books decided. Rejects when it does not answer. */
export async function performOutgoing(env: Env, effect: Outgoing): Promise<void> {
  switch (effect.type) {
    case "start-position":
      return positionOf(env, effect.plan.positionId).start(effect.plan);
    case "cancel-entry":
      return positionOf(env, effect.positionId).cancelEntry();
    case "close-position":
      return positionOf(env, effect.positionId).close();
  }
}

/** True when nothing but values differs, so that a restart loses nothing that matters. */
export function isOnlyMarked(before: PortfolioState, after: PortfolioState): boolean {
  const { health: _, ...known } = before.risk;
  const isSameRisk = (Object.keys(known) as Array<keyof typeof known>).every((key) => before.risk[key] === after.risk[key]);
  return isSameRisk && before.signals === after.signals && before.peakLamports === after.peakLamports && before.control === after.control;
}
