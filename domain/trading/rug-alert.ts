import type { ReasonCode } from "../reasons.ts";
import type { UnixMs } from "../units.ts";

/** A sign of a rug seen on chain beside the pool's reserves: every open position of the pool is told at once. */
export interface RugAlert {
  readonly pool: string;
  /** The coin's creator sold a large part of their holding, or the mint's authorities or extensions changed. */
  readonly reason: Extract<ReasonCode, "EXIT_CREATOR_SOLD" | "EXIT_MINT_CHANGED">;
  /** For a person: what changed, with its figures. */
  readonly detail: string;
  readonly atMs: UnixMs;
  readonly slot: number;
}
