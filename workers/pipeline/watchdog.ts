import type { LedgerId } from "../../domain/trading/signal.ts";
import { gapFillerOf, INBOX_SHARDS, inboxAt, journalOf, marketWatchOf, portfolioOf } from "../../durable-objects/stubs.ts";

/** Ledgers whose portfolios, and through them their positions, are watched. */
const LEDGERS: readonly LedgerId[] = ["paper-A", "paper-B", "live-A"];

/** Re-arms what a lost alarm left asleep. Each object is asked even if another fails. */
export async function runWatchdogs(env: Env): Promise<void> {
  const inboxes = Array.from({ length: INBOX_SHARDS }, (_, shard) => inboxAt(env, shard).watchdog());
  const results = await Promise.allSettled([
    gapFillerOf(env).watchdog(),
    journalOf(env).watchdog(),
    marketWatchOf(env).watchdog(),
    ...LEDGERS.map((ledger) => portfolioOf(env, ledger).watchdog(ledger)),
    ...inboxes,
  ]);
  for (const result of results) if (result.status === "rejected") console.error("watchdog failed", String(result.reason));
}
