import { loadControl } from "../../adapters/r2/control-log.ts";
import type { DecisionRecord, TradeRecord } from "../../domain/journal/entry.ts";
import type { ControlEvent, DenySubject } from "../../domain/trading/control.ts";
import type { UnixMs } from "../../domain/units.ts";
import { recordControlEvent } from "./record.ts";

/** Closed trades looked at per cron: far more than close in a minute. */
const RECENT_TRADES = 50;

/**
 * The denylist entry that a closed trade calls for: the creator of a token whose liquidity collapsed
 * under a position, or the mint when the creator is unknown. Null for any other exit.
 */
export function denylistFromTrade(
  trade: Pick<TradeRecord, "positionId" | "mint" | "exitReason" | "closedAtMs">,
  decision: Pick<DecisionRecord, "creator"> | null,
): Extract<ControlEvent, { type: "denylist-add" }> | null {
  if (trade.exitReason !== "EXIT_LIQUIDITY_COLLAPSE") return null;
  const creator = decision?.creator ?? null;
  const [subject, value]: [DenySubject, string] = creator === null ? ["mint", trade.mint] : ["creator", creator];
  return {
    id: `collapse:${trade.positionId}`,
    atMs: trade.closedAtMs,
    author: "system",
    type: "denylist-add",
    subject,
    value,
    reason: `liquidity of ${trade.mint} collapsed under position ${trade.positionId}`,
  };
}

/** Denies the creators of tokens that recently collapsed under a position. Each position counts once, so an entry that a person removed stays removed. */
export async function denyCollapsed(env: Env, nowMs: UnixMs): Promise<void> {
  const { results } = await env.DB.prepare(
    `SELECT t.position_id AS positionId, t.mint AS mint, t.closed_at_ms AS closedAtMs,
            (SELECT d.creator FROM decisions d WHERE d.mint = t.mint AND d.creator IS NOT NULL ORDER BY d.seq DESC LIMIT 1) AS creator
     FROM trades t WHERE t.exit_reason = 'EXIT_LIQUIDITY_COLLAPSE' ORDER BY t.seq DESC LIMIT ?`,
  )
    .bind(RECENT_TRADES)
    .all<{ positionId: string; mint: string; closedAtMs: number; creator: string | null }>();
  for (const { creator, ...row } of results) {
    const event = denylistFromTrade({ ...row, exitReason: "EXIT_LIQUIDITY_COLLAPSE" }, { creator });
    if (event === null) continue;
    const { denylist } = await loadControl(env, nowMs);
    if (denylist.some((entry) => entry.subject === event.subject && entry.value === event.value)) continue;
    await recordControlEvent(env, event, nowMs);
  }
}
