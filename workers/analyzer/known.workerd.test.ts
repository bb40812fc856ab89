import { reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, expect, test } from "vitest";
import { applyPending } from "../../adapters/d1/migrate.ts";
import { projectEntries } from "../../adapters/d1/project.ts";
import { appendEntries, GENESIS } from "../../domain/journal/chain.ts";
import { sampleDecision } from "../../domain/journal/sample-entries.ts";
import { SAMPLE_CANDIDATE } from "../../domain/scoring/sample-observations.ts";
import { knownFromEnv } from "./known.ts";

const NOW_MS = 1_790_000_000_000;
const { creator } = SAMPLE_CANDIDATE;
const { mint } = SAMPLE_CANDIDATE.graduation;

beforeEach(async () => {
  await reset();
  await applyPending(env.DB);
});

async function decided(...coins: ReadonlyArray<readonly [mint: string, creator: string | null, atMs: number]>): Promise<void> {
  const entries = coins.map(([coin, by, atMs], i) => sampleDecision(`d${i}`, { mint: coin, creator: by, atMs }));
  await projectEntries(env.DB, appendEntries(GENESIS, entries), NOW_MS);
}

test("other coins of the creator count once each, within the week", async () => {
  await decided(
    ["one", creator, NOW_MS - 1],
    ["one", creator, NOW_MS - 2],
    ["two", creator, NOW_MS - 6 * 86_400_000],
    ["old", creator, NOW_MS - 8 * 86_400_000],
    [mint, creator, NOW_MS - 3],
    ["other", "somebody", NOW_MS - 4],
    ["nobody's", null, NOW_MS - 5],
  );
  const known = knownFromEnv(env, () => NOW_MS);
  expect(await known(SAMPLE_CANDIDATE)).toEqual({ ok: true, value: { creatorLaunches: 2, metadataCopies: null } });
  expect(await known({ ...SAMPLE_CANDIDATE, creator: null })).toMatchObject({ value: { creatorLaunches: null } });
});
