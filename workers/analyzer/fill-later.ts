import { waitUntil } from "cloudflare:workers";
import type { LateFeaturesRecord } from "../../domain/journal/entry.ts";
import type { FeatureVector } from "../../domain/scoring/assessment.ts";
import { FEATURE_SET_VERSION } from "../../domain/scoring/features.ts";
import { LATE_PAUSE_MS, lateFeatures, lateSourcesIn, MAX_LATE_AT_ONCE } from "../../domain/scoring/late-sources.ts";
import type { UnixMs } from "../../domain/units.ts";
import { budgetPort } from "../../durable-objects/budget-port.ts";
import { journalOf } from "../../durable-objects/stubs.ts";
import type { Collected } from "./collect.ts";
import { readLate } from "./late.ts";
import { recordsFromEnv } from "./records.ts";
import type { Replies } from "./replies.ts";

let running = 0;

/**
 * Reads later what a judgement lacked, and journals it beside the decision, for learning alone. Returns at once and
 * never throws: neither the trade nor a queue's message waits for it. A crash, or a journal that is away, loses the
 * late values and nothing else; the same judgement's entry is taken once.
 */
export function fillLater(
  env: Env,
  decisionId: string,
  served: FeatureVector,
  collected: Collected,
  replies: Replies,
  clock: () => UnixMs,
  pauseMs = LATE_PAUSE_MS,
): void {
  if (lateSourcesIn(collected.lacking).size === 0 || running >= MAX_LATE_AT_ONCE) return;
  running++;
  const work = new Promise((resolve) => setTimeout(resolve, pauseMs))
    .then(() => fill(env, decisionId, served, collected, replies, clock))
    .catch((error) => console.warn(`${decisionId}: what was late is lost:`, String(error)))
    .finally(() => running--);
  waitUntil(work);
}

async function fill(
  env: Env,
  decisionId: string,
  served: FeatureVector,
  collected: Collected,
  replies: Replies,
  clock: () => UnixMs,
): Promise<void> {
  const { asOfMs, asOfSlot, candidate } = collected.observations;
  const late = await readLate(collected, {
    replies,
    records: recordsFromEnv(env, () => asOfMs),
    budget: budgetPort(env, "rpc"),
    nowMs: clock,
  });
  // Credits that are short are no fault: this is what they are saved on first.
  if (!late.ok) return;
  const features = lateFeatures(served, late.value.observations);
  if (Object.keys(features).length === 0) return;
  const { sources, rpcCalls, credits } = late.value;
  const entry: LateFeaturesRecord = {
    kind: "late-features",
    id: `late:${decisionId}`,
    atMs: clock(),
    decisionId,
    mint: candidate.graduation.mint,
    featureSetVersion: FEATURE_SET_VERSION,
    asOfSlot,
    asOfMs,
    features,
    sources,
    rpcCalls,
    credits,
  };
  await journalOf(env).append([entry]);
}
