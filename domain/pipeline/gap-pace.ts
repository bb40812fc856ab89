import type { Signature, UnixMs } from "../units.ts";

/** Pace while webhooks are not known to be in order: it alone keeps graduations fresh enough to trade. */
export const FAST_POLL_MS = 2_000;
/** Pace while they are: half of `signalExpiryMs`, so that the first one that is lost may still be bought. */
export const SLOW_POLL_MS = 10_000;
/** Pace while credits are short: keeps the record whole and the cursor near, though nothing is found in time. */
export const IDLE_POLL_MS = 60_000;
/** A webhook that comes later after its block is late. Helius tries four times, a second apart, and then never again. */
export const LATE_MS = 10_000;
/** Silence that is longer may mean anything. About 200 graduations a day leave 7 minutes between two. */
export const SILENT_MS = 15 * 60_000;
/** How long webhooks must be without fault after one. */
export const MISTRUST_MS = 5 * 60_000;
/** Of what is waited for; beyond it webhooks are plainly not in order. */
const MAX_AWAITED = 100;

/** A transaction as far as its delivery goes. */
export interface Seen {
  readonly signature: Signature;
  readonly blockTimeMs: UnixMs | null;
}

/** What is known of the webhooks' order. */
export interface GapPace {
  /** Receipt of the last webhook that was in time; null before the first. */
  readonly webhookAtMs: UnixMs | null;
  /** When one was last late or missing; null before the first. */
  readonly gapAtMs: UnixMs | null;
  /** Found before a webhook brought them, with the moment until which one still may. */
  readonly awaited: ReadonlyArray<{ readonly signature: Signature; readonly untilMs: UnixMs }>;
  /** The last poll failed, so nobody has looked. */
  readonly isBlind: boolean;
}

export const FIRST_PACE: GapPace = { webhookAtMs: null, gapAtMs: null, awaited: [], isBlind: false };

/** After a poll found `missed`, which no webhook had brought; null when it failed. */
export function afterPoll(pace: GapPace, missed: readonly Seen[] | null, nowMs: UnixMs): GapPace {
  if (missed === null) return { ...pace, isBlind: true };
  const known = new Set(pace.awaited.map(({ signature }) => signature));
  const found = missed
    .filter(({ signature }) => !known.has(signature))
    .map(({ signature, blockTimeMs }) => ({ signature, untilMs: Math.min(blockTimeMs ?? nowMs, nowMs) + LATE_MS }));
  const all = [...pace.awaited, ...found];
  const awaited = all.filter(({ untilMs }) => nowMs < untilMs).slice(0, MAX_AWAITED);
  return { ...pace, isBlind: false, awaited, gapAtMs: awaited.length < all.length ? nowMs : pace.gapAtMs };
}

/** After a webhook brought `delivered`. It is late when even the newest of them is. */
export function afterWebhook(pace: GapPace, delivered: readonly Seen[], receivedAtMs: UnixMs): GapPace {
  if (delivered.length === 0) return pace;
  const brought = new Set(delivered.map(({ signature }) => signature));
  const awaited = pace.awaited.filter(({ signature }) => !brought.has(signature));
  const newestMs = Math.max(...delivered.map(({ blockTimeMs }) => blockTimeMs ?? receivedAtMs));
  return receivedAtMs - newestMs > LATE_MS ? { ...pace, awaited, gapAtMs: receivedAtMs } : { ...pace, awaited, webhookAtMs: receivedAtMs };
}

/**
 * How long to wait for the next poll. Slow only on good evidence: a webhook in time lately, none late or
 * missing lately, and a node that answers. A clock that was set back is no evidence.
 */
export function pollDelayMs(pace: GapPace, isShortOfCredits: boolean, nowMs: UnixMs): number {
  if (isShortOfCredits) return IDLE_POLL_MS;
  const { webhookAtMs, gapAtMs, awaited, isBlind } = pace;
  if (isBlind || awaited.length > 0 || webhookAtMs === null) return FAST_POLL_MS;
  const silentMs = nowMs - webhookAtMs;
  if (silentMs < 0 || silentMs >= SILENT_MS) return FAST_POLL_MS;
  if (gapAtMs !== null && (webhookAtMs <= gapAtMs || nowMs - gapAtMs < MISTRUST_MS)) return FAST_POLL_MS;
  return Math.max(FAST_POLL_MS, Math.min(SLOW_POLL_MS, SILENT_MS - silentMs));
}
