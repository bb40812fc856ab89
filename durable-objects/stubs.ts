import { settingsOf } from "../adapters/env.ts";
import { shardOf } from "../domain/pipeline/inbox.ts";
import type { GapFiller } from "./gap-filler.ts";
import type { Inbox } from "./inbox.ts";
import type { Journal } from "./journal.ts";
import type { LiveControl } from "./live-control.ts";
import type { LiveFeed } from "./live-feed.ts";
import type { MarketWatch } from "./market-watch.ts";
import type { Portfolio } from "./portfolio.ts";
import type { Position } from "./position.ts";

/** Enough shards for pump.fun's busiest days; a change re-homes signatures, so it needs a migration. */
export const INBOX_SHARDS = 4;

/** Regions that an object can be asked to start in (developers.cloudflare.com/durable-objects/reference/data-location). */
const LOCATION_HINTS = ["wnam", "enam", "sam", "weur", "eeur", "apac", "oc", "afr", "me"] as const satisfies DurableObjectLocationHint[];

/**
 * Where new objects should start: `LOCATION_HINT`, the region nearest to the RPC provider. It counts
 * at an object's first use only. A region that Cloudflare does not have is left out, since it would
 * make every call to every object fail.
 */
export function locationOf(env: object): DurableObjectNamespaceGetDurableObjectOptions {
  const wanted = settingsOf(env).LOCATION_HINT;
  const locationHint = LOCATION_HINTS.find((region) => region === wanted);
  return locationHint === undefined ? {} : { locationHint };
}

/** The inbox object that owns a signature. */
export function inboxOf(env: Env, signature: string): DurableObjectStub<Inbox> {
  return inboxAt(env, shardOf(signature, INBOX_SHARDS));
}

export function inboxAt(env: Env, shard: number): DurableObjectStub<Inbox> {
  return env.INBOX.get(env.INBOX.idFromName(`inbox-${shard}`), locationOf(env)) as DurableObjectStub<Inbox>;
}

export function gapFillerOf(env: Env): DurableObjectStub<GapFiller> {
  return env.GAP_FILLER.get(env.GAP_FILLER.idFromName("gap-filler"), locationOf(env)) as DurableObjectStub<GapFiller>;
}

export function journalOf(env: Env): DurableObjectStub<Journal> {
  return env.JOURNAL.get(env.JOURNAL.idFromName("journal"), locationOf(env)) as DurableObjectStub<Journal>;
}

/** The object that holds the mode in force and what waits for a person. */
export function liveControlOf(env: Env): DurableObjectStub<LiveControl> {
  return env.LIVE_CONTROL.get(env.LIVE_CONTROL.idFromName("live"), locationOf(env)) as DurableObjectStub<LiveControl>;
}

export function liveFeedOf(env: Env): DurableObjectStub<LiveFeed> {
  return env.LIVE_FEED.get(env.LIVE_FEED.idFromName("live-feed"), locationOf(env)) as DurableObjectStub<LiveFeed>;
}

export function marketWatchOf(env: Env): DurableObjectStub<MarketWatch> {
  return env.MARKET_WATCH.get(env.MARKET_WATCH.idFromName("market-watch"), locationOf(env)) as DurableObjectStub<MarketWatch>;
}

/** The portfolio of one ledger. */
export function portfolioOf(env: Env, ledger: string): DurableObjectStub<Portfolio> {
  return env.PORTFOLIO.get(env.PORTFOLIO.idFromName(ledger), locationOf(env)) as DurableObjectStub<Portfolio>;
}

export function positionOf(env: Env, positionId: string): DurableObjectStub<Position> {
  return env.POSITION.get(env.POSITION.idFromName(positionId), locationOf(env)) as DurableObjectStub<Position>;
}
