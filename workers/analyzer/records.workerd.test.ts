import { env } from "cloudflare:workers";
import { beforeEach, expect, test } from "vitest";
import { applyPending } from "../../adapters/d1/migrate.ts";
import { projectEntries } from "../../adapters/d1/project.ts";
import { appendEntries, GENESIS } from "../../domain/journal/chain.ts";
import type { PricePathRecord } from "../../domain/journal/entry.ts";
import { sampleDecision } from "../../domain/journal/sample-entries.ts";
import { SAMPLE_CANDIDATE } from "../../domain/scoring/sample-observations.ts";
import { reset } from "../../durable-objects/test-reset.ts";
import { recordsFromEnv } from "./records.ts";

const NOW_MS = 1_790_000_000_000;
const DAY_MS = 86_400_000;
const CREATOR = SAMPLE_CANDIDATE.creator ?? "";

beforeEach(async () => {
  await reset();
  await applyPending(env.DB);
});

function path(mint: string, closedAtMs: number, endQuote: string, complete = true): PricePathRecord {
  const samples = ["100", endQuote].map((quoteReservesLamports, i) => ({
    atMs: closedAtMs - (1 - i) * 60_000,
    slot: i,
    baseReserves: "100",
    quoteReservesLamports,
  }));
  const startedAtMs = closedAtMs - 60_000;
  return { kind: "price-path", id: `path:${mint}`, atMs: closedAtMs, mint, pool: mint, startedAtMs, horizonMs: 60_000, complete, samples };
}

async function record(
  decisions: ReadonlyArray<readonly [mint: string, creator: string | null, atMs: number]>,
  paths: readonly PricePathRecord[] = [],
): Promise<void> {
  const entries = decisions.map(([mint, creator, atMs], i) => sampleDecision(`d${i}`, { mint, creator, atMs, solUsd: 150 + i }));
  await projectEntries(env.DB, appendEntries(GENESIS, [...entries, ...paths]), NOW_MS);
}

test("coins of a creator count once each, within the week and not after now, with what became of them", async () => {
  await record(
    [
      ["one", CREATOR, NOW_MS - 1_000],
      ["one", CREATOR, NOW_MS - 2_000],
      ["two", CREATOR, NOW_MS - 6 * DAY_MS],
      ["old", CREATOR, NOW_MS - 8 * DAY_MS],
      ["later", CREATOR, NOW_MS + 1],
      ["other", "somebody", NOW_MS - 4],
      ["nobody's", null, NOW_MS - 5],
      ["broken", CREATOR, NOW_MS - 3 * DAY_MS],
    ],
    [path("one", NOW_MS + 60_000, "50"), path("two", NOW_MS - 5 * DAY_MS, "10"), path("broken", NOW_MS - 2 * DAY_MS, "90", false)],
  );
  const found = await recordsFromEnv(env, () => NOW_MS).creator(CREATOR);
  expect(found).toEqual({
    ok: true,
    value: {
      coins: [
        { mint: "one", seenAtMs: NOW_MS - 2_000, closedAtMs: null, change: null },
        { mint: "broken", seenAtMs: NOW_MS - 3 * DAY_MS, closedAtMs: null, change: null },
        { mint: "two", seenAtMs: NOW_MS - 6 * DAY_MS, closedAtMs: NOW_MS - 5 * DAY_MS, change: -0.9 },
      ],
    },
  });
});

test("the market is of paths that were closed, whole, within a day; SOL's price once in five minutes; kept for half a minute", async () => {
  await record(
    [
      ["a", null, NOW_MS - 400_000],
      ["b", null, NOW_MS - 3_000],
    ],
    [
      path("a", NOW_MS - 5_000, "150"),
      path("b", NOW_MS + 1, "300"),
      path("c", NOW_MS - 6_000, "80", false),
      path("d", NOW_MS - DAY_MS - 1, "80"),
      path("e", NOW_MS - 7_000, "25"),
    ],
  );
  let nowMs = NOW_MS;
  const records = recordsFromEnv(env, () => nowMs);
  const first = await records.market();
  expect(first).toMatchObject({
    ok: true,
    value: {
      paths: [
        { mint: "a", name: sampleDecision("x").name, closedAtMs: NOW_MS - 5_000, change: 0.5 },
        { mint: "e", name: "", closedAtMs: NOW_MS - 7_000, change: -0.75 },
      ],
      sol: [
        { atMs: NOW_MS - 3_000, usd: 151 },
        { atMs: NOW_MS - 400_000, usd: 150 },
      ],
    },
  });
  nowMs += 29_999;
  expect(await records.market()).toEqual(first);
  nowMs += 1;
  expect(await records.market()).toMatchObject({ value: { paths: [{ mint: "b" }, { mint: "a" }, { mint: "e" }] } });
});
