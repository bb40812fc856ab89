import { countReasons, funnelCounts, listLedgers, newestChampion, newestDecisionMs } from "../../adapters/d1/aggregates.ts";
import { loadControl } from "../../adapters/r2/control-log.ts";
import type { IncidentView, LedgerStatus, Status } from "../../domain/api/types.ts";
import type { Control } from "../../domain/trading/control.ts";
import { liveControlOf, portfolioOf } from "../../durable-objects/stubs.ts";
import { chainNow } from "./chain.ts";

const DAY_MS = 86_400_000;
const TOP_REASONS = 20;

/** Everything of the dashboard's first row, from the books themselves where they answer. */
export async function readStatus(env: Env, nowMs: number): Promise<Status> {
  const sinceMs = nowMs - DAY_MS;
  const [live, control, chain, seen, champion, newestMs, funnel, reasons] = await Promise.all([
    liveNow(env),
    loadControl(env, nowMs),
    chainNow(env, nowMs),
    listLedgers(env.DB),
    newestChampion(env.DB),
    newestDecisionMs(env.DB),
    funnelCounts(env.DB, sinceMs),
    countReasons(env.DB, sinceMs, TOP_REASONS),
  ]);
  const { price } = chain;
  const { mode, incidents } = live;
  return {
    mode,
    incidents,
    network: env.NETWORK === "localnet" ? "localnet" : "mainnet",
    nowMs,
    solUsd: price === null ? null : { value: price.usd, source: price.source, ageMs: Math.max(0, nowMs - price.publishedAtMs) },
    slot: price?.slot ?? null,
    feedAgeMs: newestMs === null ? null : Math.max(0, nowMs - newestMs),
    ledgers: await ledgersOf(env, new Set([`${mode}-A`, ...armB(control), ...seen])),
    parameters: { version: control.active.version, name: control.active.name },
    champion,
    experiment: control.experiment === null ? null : { id: control.experiment.id, status: "running" },
    funnel,
    reasons,
  };
}

/** Paper when live control does not answer: then no live entry is made either. */
async function liveNow(env: Env): Promise<{ mode: Status["mode"]; incidents: readonly IncidentView[] }> {
  try {
    const live = liveControlOf(env);
    const [mode, incidents] = await Promise.all([live.mode(), live.incidents()]);
    return { mode, incidents };
  } catch (error) {
    console.error("live control did not answer", String(error));
    return { mode: "paper", incidents: [] };
  }
}

function armB(control: Control): string[] {
  return control.experiment === null ? [] : ["paper-B"];
}

/** Ledgers whose books are open; one that does not answer is left out rather than shown with old figures. */
async function ledgersOf(env: Env, names: ReadonlySet<string>): Promise<LedgerStatus[]> {
  const replies = await Promise.allSettled([...names].map((name) => portfolioOf(env, name).status()));
  const ledgers: LedgerStatus[] = [];
  for (const reply of replies) {
    if (reply.status === "rejected") console.warn("portfolio did not answer", String(reply.reason));
    else if (reply.value !== null) ledgers.push(reply.value);
  }
  return ledgers.sort((a, b) => a.ledger.localeCompare(b.ledger));
}
