import { writeParquet } from "../../adapters/r2/parquet.ts";
import { RAW_TABLES, rawPrefix, windowKey, windowOf } from "../../adapters/r2/raw-tables.ts";
import type { DecisionRecord, JournalEntry, LateFeaturesRecord, PricePathRecord, StoredEntry } from "../../domain/journal/entry.ts";
import { createRng, type Rng } from "../../domain/random.ts";
import type { FeatureVector } from "../../domain/scoring/assessment.ts";
import { FEATURE_NAMES, FEATURE_SET_VERSION } from "../../domain/scoring/features.ts";
import { builtinParameters } from "../../domain/trading/parameters.ts";

/** Recorded candidates for tests of the learning steps. */

const { labelHorizonMs, pathSampleMs } = builtinParameters("localnet");
/** A graduation every few seconds. */
const SPACING_MS = 5_000;

export interface Recorded {
  readonly decision: DecisionRecord;
  readonly path: PricePathRecord;
}

/**
 * Candidates of the embedded market's tempo, ending at `endMs`: three features tell, each with noise of its
 * own, whether the price runs or bleeds, so that all of them together tell more than the best alone; the
 * others are noise. With `informative` false none tells anything.
 */
export function recordCandidates(count: number, seed: string, endMs: number, informative = true): Recorded[] {
  const rng = createRng(seed);
  return Array.from({ length: count }, (_, i) => {
    const startedAtMs = endMs - labelHorizonMs - (count - i) * SPACING_MS;
    const runs = rng.next() < 0.45;
    const sign = informative ? (runs ? 1 : -1) : 0;
    const telling = {
      sampledBuyShare: within(0, 1, 0.5 + 0.2 * sign + 0.12 * rng.normal()),
      poolTradePace: within(-1, 1, 0.3 * sign + 0.3 * rng.normal()),
      washShare: within(0, 1, 0.4 - 0.15 * sign + 0.15 * rng.normal()),
    };
    const score = Math.min(99, Math.max(1, 62 + (runs ? 8 : -8) * (informative ? 1 : 0) + 8 * rng.normal()));
    return {
      decision: decision(`${seed}-${i}`, startedAtMs + 1_200, score, features(rng, telling)),
      path: path(`${seed}-${i}`, startedAtMs, runs, rng),
    };
  });
}

function features(rng: Rng, telling: Readonly<Record<string, number>>): Record<string, number | null> {
  return Object.fromEntries(FEATURE_NAMES.map((name) => [name, telling[name] ?? (rng.next() < 0.1 ? null : rng.normal())]));
}

function within(min: number, max: number, value: number): number {
  return Math.min(max, Math.max(min, value));
}

function decision(mint: string, atMs: number, score: number, vector: Record<string, number | null>): DecisionRecord {
  return {
    kind: "decision",
    id: `decision:${mint}:analyze`,
    atMs,
    stage: "analyze",
    outcome: score >= 60 ? "BUY" : "DECLINE",
    mint,
    pool: `pool-${mint}`,
    creator: `creator-${mint}`,
    symbol: "T",
    name: "T",
    signature: `signature-${mint}`,
    slot: slotAt(atMs),
    source: "webhook",
    reasons: [],
    findings: [],
    score,
    parts: null,
    featureSetVersion: FEATURE_SET_VERSION,
    features: vector,
    contributions: [],
    explanation: null,
    missing: [],
    liquidityLamports: "170000000000",
    solUsd: 150,
    parameterVersion: "localnet-000000000000",
    modelVersion: null,
    arm: "A",
    isDryRun: true,
    latencyMs: 100,
  };
}

function path(mint: string, startedAtMs: number, runs: boolean, rng: Rng): PricePathRecord {
  const driftPerSample = runs ? 0.012 : -0.01;
  const samples: Array<PricePathRecord["samples"][number]> = [];
  let log = 0;
  for (let atMs = startedAtMs; atMs <= startedAtMs + labelHorizonMs; atMs += pathSampleMs) {
    const root = Math.exp(log / 2);
    samples.push({
      atMs,
      slot: slotAt(atMs),
      baseReserves: String(Math.round(206_900_000_000_000 / root)),
      quoteReservesLamports: String(Math.round(85_000_000_000 * root)),
    });
    log += driftPerSample + 0.01 * rng.normal();
  }
  return {
    kind: "price-path",
    id: `path:${mint}`,
    atMs: startedAtMs + labelHorizonMs,
    mint,
    pool: `pool-${mint}`,
    startedAtMs,
    horizonMs: labelHorizonMs,
    complete: true,
    samples,
  };
}

function slotAt(atMs: number): number {
  return Math.floor(atMs / 400);
}

/** What was read a few seconds after each judgement; null for nothing. */
export function lateOf(
  recorded: readonly Recorded[],
  featuresOf: (decision: DecisionRecord, index: number) => FeatureVector | null,
): LateFeaturesRecord[] {
  return recorded.flatMap(({ decision: judged }, i) => {
    const late = featuresOf(judged, i);
    if (late === null) return [];
    const { id, atMs, mint, slot } = judged;
    return [
      {
        kind: "late-features",
        id: `late:${id}`,
        atMs: atMs + 4_000,
        decisionId: id,
        mint,
        featureSetVersion: FEATURE_SET_VERSION,
        asOfSlot: slot ?? 0,
        asOfMs: atMs,
        features: late,
        sources: [],
        rpcCalls: 0,
        credits: 0,
      },
    ];
  });
}

/** Entries in the order in which the journal would hold them. */
export function journalOrder(recorded: readonly Recorded[], late: readonly LateFeaturesRecord[] = []): StoredEntry[] {
  const entries: JournalEntry[] = [...recorded.flatMap(({ decision: judged, path: walked }) => [judged, walked]), ...late];
  entries.sort((a, b) => a.atMs - b.atMs);
  return entries.map((entry, i) => ({ seq: i + 1, hash: "", prevHash: "", entry }));
}

/** Writes the raw files as the Executor does. */
export async function writeRaw(bucket: R2Bucket, stored: readonly StoredEntry[]): Promise<void> {
  const last = stored.at(-1)?.seq ?? 0;
  for (let from = 1; from <= last; from = windowOf(from).to + 1) {
    const window = windowOf(from);
    const inWindow = stored.filter(({ seq }) => seq >= window.from && seq <= window.to);
    for (const { table, rowsOf, columnsOf } of RAW_TABLES) {
      const rows = inWindow.flatMap((entry) => [...rowsOf(entry)]);
      if (rows.length > 0) await writeParquet(bucket, windowKey(rawPrefix(table), window, 0, "parquet"), columnsOf(rows));
    }
  }
}
